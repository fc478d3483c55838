"""What a member reads about a file: each refusal says what happened and how to cure it; each advice is one sentence.

Screens are in plain French (level A2). `{}` fields are filled from the refusal's details, numbers already French.
"""

from collections.abc import Mapping

ACCEPTED = "un PDF ou une photo (JPEG, PNG, HEIC)"

REFUS: dict[str, str] = {
    "vide": "Ce fichier est vide : il ne contient rien. Choisissez-le de nouveau, ou prenez une nouvelle photo.",
    "trop_lourd": "Ce fichier pèse plus de 20 Mo. Envoyez-le en plusieurs fichiers plus petits.",
    "tronque": (
        "Ce fichier est incomplet : la fin manque. La copie ou le téléchargement s’est peut-être arrêté trop tôt. "
        "Reprenez le fichier d’origine, ou prenez une nouvelle photo."
    ),
    "type_inconnu": ("Ce fichier {apparence}. Nous acceptons un PDF ou une photo (JPEG, PNG, HEIC). {remede}"),
    "contenu_cache": (
        "Ce fichier mélange deux sortes de contenu : il ne commence pas comme une photo ou un PDF. "
        "Ouvrez-le, enregistrez-le en PDF ou prenez-le en photo, puis ajoutez-le de nouveau."
    ),
    "pdf_mot_de_passe": (
        "Ce PDF est protégé par un mot de passe. Ouvrez-le, imprimez-le en PDF sans mot de passe, "
        "puis ajoutez-le de nouveau."
    ),
    "pdf_illisible": (
        "Ce PDF est abîmé : nous ne pouvons pas l’ouvrir. Demandez-le de nouveau à la personne qui l’a fait, "
        "ou imprimez-le et prenez-le en photo."
    ),
    "pdf_page_illisible": (
        "La page {page} de ce PDF est abîmée : nous ne pouvons pas l’afficher. Ouvrez le PDF, imprimez-le "
        "dans un nouveau PDF, puis ajoutez-le de nouveau."
    ),
    "pdf_formulaire_xfa": (
        "Ce PDF est un formulaire qui ne s’affiche que dans Adobe Reader. Ouvrez-le dans Adobe Reader, "
        "choisissez « Imprimer » puis « PDF », et ajoutez le PDF obtenu."
    ),
    "pdf_porte_documents": (
        "Ce PDF est un porte-documents : il contient d’autres fichiers au lieu de pages. Ouvrez-le, enregistrez "
        "chaque fichier à part, puis ajoutez-les."
    ),
    "image_illisible": (
        "Cette image est abîmée : nous ne pouvons pas l’ouvrir. Prenez une nouvelle photo, ou enregistrez l’image "
        "en JPEG, puis ajoutez-la de nouveau."
    ),
    "trop_de_pixels": (
        "Cette image est trop grande ({largeur} × {hauteur} points). Réduisez-la, ou prenez le papier en photo "
        "avec votre téléphone."
    ),
    "trop_de_pages": (
        "Ce PDF a {pages} pages. Nous acceptons {maximum} pages au plus par fichier. Envoyez-le en plusieurs fichiers."
    ),
    "trop_gonfle": (
        "Ce fichier est petit, mais son contenu déplié est immense : nous ne pouvons pas l’ouvrir sans danger. "
        "Imprimez-le dans un nouveau PDF, ou prenez-le en photo."
    ),
    "trop_complexe": (
        "Ce PDF est trop compliqué : il contient trop d’éléments. Imprimez-le dans un nouveau PDF, "
        "puis ajoutez-le de nouveau."
    ),
    "trop_lourd_apres_reduction": (
        "Nous n’arrivons pas à réduire ce fichier à moins de 1 Mo en le gardant lisible. Prenez chaque page "
        "en photo à part, bien à plat, puis ajoutez les photos."
    ),
    "trop_long": (
        "L’analyse de ce fichier prend trop de temps. Envoyez-le en plusieurs fichiers, ou prenez-le en photo."
    ),
    "analyse_impossible": (
        "Nous n’avons pas pu analyser ce fichier : il fait échouer notre lecteur. Imprimez-le dans un nouveau PDF, "
        "ou prenez-le en photo, puis ajoutez-le de nouveau."
    ),
    # Only for `render` and `assemble`, asked by agents' screens: the page asked does not exist.
    "page_absente": "Cette page n’existe pas dans ce document.",
}

# What an unknown file seems to be → (how the sentence goes on, the cure).
_AS_PDF = "Ouvrez-le, choisissez « Enregistrer sous » ou « Imprimer » puis « PDF », et ajoutez le PDF obtenu."
_AS_JPEG = "Ouvrez l’image, enregistrez-la en JPEG, puis ajoutez-la. Vous pouvez aussi prendre le papier en photo."
APPARENCES: dict[str, tuple[str, str]] = {
    "word": ("est un document Word", _AS_PDF),
    "excel": ("est un tableau Excel", _AS_PDF),
    "powerpoint": ("est une présentation PowerPoint", _AS_PDF),
    "office_ancien": ("est un document Word, Excel ou PowerPoint d’un ancien format", _AS_PDF),
    "opendocument": ("est un document LibreOffice", _AS_PDF),
    "pages_apple": ("est un document Pages, Numbers ou Keynote", _AS_PDF),
    "rtf": ("est un document de texte (RTF)", _AS_PDF),
    "texte": ("est un simple texte", _AS_PDF),
    "html": ("est une page web", _AS_PDF),
    "xml": ("est un fichier XML", _AS_PDF),
    "svg": ("est un dessin SVG", _AS_PDF),
    "courriel": ("est un courriel enregistré", _AS_PDF),
    "postscript": ("est un fichier PostScript", _AS_PDF),
    "xps": ("est un document XPS", _AS_PDF),
    "zip": ("est un dossier compressé (ZIP)", "Ouvrez le dossier, puis ajoutez chaque document à part."),
    "archive": ("est une archive compressée", "Ouvrez l’archive, puis ajoutez chaque document à part."),
    "gif": ("est une image GIF", _AS_JPEG),
    "webp": ("est une image WebP", _AS_JPEG),
    "avif": ("est une image AVIF", _AS_JPEG),
    "tiff": ("est une image TIFF", _AS_JPEG),
    "bmp": ("est une image BMP", _AS_JPEG),
    "jpeg2000": ("est une image JPEG 2000", _AS_JPEG),
    "jpegxl": ("est une image JPEG XL", _AS_JPEG),
    "photoshop": ("est une image Photoshop", _AS_JPEG),
    "video": ("est une vidéo", "Prenez le papier en photo, sans filmer."),
    "son": ("est un enregistrement de son", "Prenez le papier en photo."),
    "programme": ("est un programme", "Pour votre sécurité, ne l’ouvrez pas. Choisissez un autre fichier."),
    "inconnu": ("n’est ni un PDF ni une photo", "Choisissez un autre fichier, ou prenez le papier en photo."),
}

CONSEILS: dict[str, str] = {
    "flou": "Cette photo semble floue. Si vous ne pouvez pas la lire, prenez-en une autre, sans bouger.",
    "sombre": "Cette photo est sombre. Si vous ne pouvez pas la lire, prenez-en une autre, près d’une fenêtre.",
    "photo_redressee": "Nous avons remis la photo à l’endroit.",
    "reduite": "Nous avons réduit le poids de ce fichier. Vérifiez que vous pouvez le lire.",
    "passee_en_gris": "Nous avons passé cette image en gris pour réduire son poids.",
    "decoupe_en_parties": "Ce PDF est lourd : nous l’avons découpé en plusieurs parties, sans rien enlever.",
    "convertie_en_jpeg": "Nous avons converti cette photo en JPEG, pour que tout le monde puisse l’ouvrir.",
    "position_retiree": "Cette photo disait où elle a été prise. La copie à lire ne le dit plus.",
    "premiere_image": "Ce fichier contient plusieurs images. Nous gardons la première dans la copie à lire.",
    "elements_actifs_retires": "Ce PDF contenait des éléments actifs. La copie à lire ne les contient plus.",
    "pieces_jointes_retirees": (
        "Ce PDF contenait d’autres fichiers. La copie à lire ne les contient pas : "
        "si nous en avons besoin, ajoutez-les à part."
    ),
    "formulaire_aplati": "Ce PDF était un formulaire. Vos réponses sont gardées, mais ne peuvent plus être modifiées.",
    "signature_electronique": (
        "Ce PDF porte une signature électronique. Elle est gardée dans le fichier d’origine, pas dans la copie à lire."
    ),
    "protection_retiree": "Ce PDF interdisait la copie ou l’impression. La copie à lire peut être lue normalement.",
    "octets_en_trop": "Ce fichier contenait autre chose après sa fin. La copie à lire ne le contient plus.",
    "extension_corrigee": "Le nom de ce fichier ne disait pas son vrai type. Nous avons corrigé la fin du nom.",
    "repare": "Ce PDF était un peu abîmé. Nous l’avons réparé : vérifiez que toutes les pages sont là.",
    "pages_en_image": "Une ou plusieurs pages ont été transformées en images pour réduire leur poids.",
    "page_blanche": "Ce fichier contient une page blanche. Vérifiez que c’est le bon.",
}


def refusal(code: str, details: Mapping[str, object]) -> str:
    """Return the French sentence of a refusal, complete whatever the details lack."""
    values: dict[str, object] = {"page": "?", "pages": "trop de", "maximum": "300", "largeur": "?", "hauteur": "?"}
    values.update({key: _french(value) for key, value in details.items()})
    if code == "type_inconnu":
        values["apparence"], values["remede"] = APPARENCES.get(str(details.get("type")), APPARENCES["inconnu"])
    return REFUS.get(code, REFUS["analyse_impossible"]).format(**values)


def conseil(code: str) -> str:
    """Return the French sentence of an advice. Raises `KeyError` on an unknown code."""
    return CONSEILS[code]


def _french(value: object) -> object:
    """Group the thousands of a number as French does, with a narrow no-break space."""
    return f"{value:,}".replace(",", "\u202f") if type(value) is int else value
