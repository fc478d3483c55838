"""Components and filters of every screen. `{% load socle %}` is not needed: they are builtins of the page templates.

    {% alerte ton="vert" titre="C’est envoyé." %}Nous avons vos 2 documents.{% endalerte %}   ton: info vert ocre rouge neutre
                                                       annonce="status" (polite) or "alert" (at once), when it appears by itself
    {% pastille "Reçu" ton="vert" %}                   a word, an icon, a tone; icone="attente" to choose another drawing
    {% icone "coche" %}                                names in enclos/socle/icones.py
    {% bouton "Suivant" %}                             a submit button; ton="second" | "danger", nom=, valeur=, taille="petit"
    {% lien_bouton "Reprendre" url ton="second" %}     a link that looks like a button
    {% etapes "Envoyer un document" etape=3 sur=6 %}   above the h1
    {% erreurs form autre_form %}                      just after <main>'s start: what must be corrected, with links; takes focus
    {% titre_erreur form %}                            « Erreur : » at the start of {% block title %} when the form has errors
    {{ form.nature.as_field_group }}                   label, hint, error, widget: `socle/champ.html` draws every field
    {% formulaire form %}                              every visible field of a form, in order, then the hidden ones
    <dl class="resume">{% ligne_resume "Nature" modifier=url %}Avis d’impôt{% endligne_resume %}</dl>
    {% recepisse "Accusé de réception" reference=ref tampon="Reçu" %}<dl>…</dl>{% endrecepisse %}
    <ul class="fichiers">{% fichier rang=1 nom="IMG.jpg" etat="Prête" ton="vert" detail="…" vignette=url %}actions{% endfichier %}</ul>
    {% vide "Aucun envoi pour le moment" %}<p>Ce que vous envoyez…</p>{% endvide %}
    {% pagination precedent=url suivant=url quoi="envois" %}   keyset: a URL or ""
    <table class="tableau" data-cartes>                becomes cards on a phone: each td says its column in data-titre

    Filters: {{ n|pluriel:"pièce" }} « 2 pièces » · {{ n|accord:"demandé" }} « demandés » · {{ octets|taille }} · {{ dt|moment }} ·
    {{ d|jour }} · {{ d|jour_court }} · {{ dt|heure }} · {{ montant|euros }} · {{ tel|lien_tel }} · {{ sha256|par_quatre }} · {{ phrase|typo }}

    Layout classes: page, etroit (one column of reading), colonnes (main + aside), carte, actions, apres (what happens next),
    chapeau, doux, petit, reference, chiffres, invisible, services, a-faire, marches (numbered steps), question (details).
    Hooks: <mot-de-passe> around a password input, <choix-filtrable> around a long native select or list of radios.

Every component knows no model, takes keywords and raises `ValueError` on a value it does not know.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, get_args

from django import forms, template
from django.template.loader import get_template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from enclos.socle import dates, icones, montants, tailles

register = template.Library()

type Ton = Literal["neutre", "vert", "ocre", "rouge", "info"]
type TonBouton = Literal["", "second", "danger"]
type Annonce = Literal["", "status", "alert"]

SPACES_THAT_HOLD = re.compile(
    r" (?=[;:?!»€%])|(?<=«) |(?<=\d) (?=h\b|min\b|s\b|Mo\b|ko\b)|(?<=\dh) |(?<=\d h) (?=\d)|(?<=\d min) (?=\d)"
)
ICONE_DU_TON = {"neutre": "attente", "vert": "coche", "ocre": "attention", "rouge": "erreur", "info": "info"}


def check(value: str, allowed: object, what: str) -> None:
    """Raises `ValueError` when a template gives a component a value it does not know."""
    values = get_args(allowed.__value__)  # type: ignore[attr-defined]
    if value not in values:
        raise ValueError(f"{what} « {value} » : {', '.join(values)} attendu")


@register.simple_tag
def icone(nom: str) -> SafeString:
    """A drawing, hidden from assistive technology."""
    return icones.icone(nom)


# Pastilles and buttons come by the dozen on a list: they are written here, a template each would cost more than the page.


@register.simple_tag
def pastille(mot: str, *, ton: Ton = "neutre", icone: str = "") -> SafeString:
    """A state: a word, an icon, a tone (vert done, ocre waiting for somebody, rouge late or refused, neutre in progress)."""
    check(ton, Ton, "ton")
    return format_html(
        '<span class="pastille" data-ton="{}">{}{}</span>', ton, icones.icone(icone or ICONE_DU_TON[ton]), mot
    )


@register.simple_tag
def bouton(
    texte: str, *, ton: TonBouton = "", nom: str = "", valeur: str = "", taille: Literal["", "petit"] = ""
) -> SafeString:
    """A submit button."""
    check(ton, TonBouton, "ton")
    attributs = attributes({"data-ton": ton, "data-taille": taille, "name": nom, "value": valeur})
    return format_html('<button class="bouton" type="submit"{}>{}</button>', attributs, texte)


@register.simple_tag
def lien_bouton(texte: str, url: str, *, ton: TonBouton = "", taille: Literal["", "petit"] = "") -> SafeString:
    """A link drawn as a button: it goes somewhere, it changes nothing."""
    check(ton, TonBouton, "ton")
    attributs = attributes({"data-ton": ton, "data-taille": taille})
    return format_html('<a class="bouton" href="{}"{}>{}</a>', url, attributs, texte)


def attributes(values: dict[str, str]) -> SafeString:
    """The HTML attributes that are not empty."""
    return format_html_join("", ' {}="{}"', ((name, value) for name, value in values.items() if value))


@register.simple_block_tag
def alerte(content: str, *, ton: Ton = "info", titre: str = "", annonce: Annonce = "") -> SafeString:
    """Something to know before the rest; `annonce` makes it a live region."""
    check(ton, Ton, "ton")
    check(annonce, Annonce, "annonce")
    return draw("alerte", contenu=content, ton=ton, titre=titre, annonce=annonce, icone=icones.icone(ICONE_DU_TON[ton]))


@register.simple_tag
def etapes(titre: str, *, etape: int, sur: int) -> SafeString:
    """« Envoyer un document · étape 3 sur 6 » and its bar. Raises `ValueError` when the step is not one of them."""
    if not 1 <= etape <= sur:
        raise ValueError(f"étape {etape} sur {sur}")
    barre = mark_safe("<i data-faite></i>" * (etape - 1) + "<i data-courante></i>" + "<i></i>" * (sur - etape))  # noqa: S308
    return draw("etapes", titre=titre, etape=etape, sur=sur, barre=barre)


@register.simple_tag
def erreurs(*formulaires: forms.BaseForm) -> SafeString:
    """The sum of what must be corrected, each with a link to its field; empty when all is well."""
    points = [point for formulaire in formulaires for point in points_of(formulaire)]
    return draw("erreurs", points=points, nombre=len(points)) if points else SafeString("")


def points_of(formulaire: forms.BaseForm) -> Iterable[tuple[str, str]]:
    """(id of the field or "", message) for each error of the form, in the order of its fields."""
    if not formulaire.is_bound:
        return
    for message in formulaire.non_field_errors():
        yield "", typo(str(message))
    for field in formulaire:
        for phrase in phrases_of(field):
            yield first_control(field), phrase


def phrases_of(field: forms.BoundField) -> list[str]:
    """The field's errors. Django's « Ce champ est obligatoire » says neither which nor what to do: it is put in words."""
    generic = str(forms.Field.default_error_messages["required"])
    return [missing_phrase(field) if str(message) == generic else typo(str(message)) for message in field.errors]


def missing_phrase(field: forms.BoundField) -> str:
    label = f"« {field.label} »".replace("« ", "«\u00a0").replace(" »", "\u00a0»")
    match field.field:
        case forms.BooleanField():
            return f"Cochez la case {label}."
        case forms.FileField():
            return "Ajoutez au moins un fichier."
        case forms.ChoiceField():
            return f"Choisissez une réponse pour {label}."
        case _:
            return f"Remplissez {label}."


def first_control(field: forms.BoundField) -> str:
    """The id of what takes the focus: for a group, its first choice."""
    if field.use_fieldset:
        return f"{field.auto_id}_0" if field.auto_id else ""
    return str(field.id_for_label or field.auto_id)


@register.simple_tag
def erreurs_du_champ(field: forms.BoundField) -> SafeString:
    """What is wrong with one field, beside it."""
    return format_html_join(mark_safe("<br>"), "{}", ((phrase,) for phrase in phrases_of(field)))


@register.simple_tag
def titre_erreur(*formulaires: forms.BaseForm) -> str:
    """The page's title says first that something went wrong (RGAA 8.6)."""
    return "Erreur : " if any(f.is_bound and f.errors for f in formulaires) else ""


@register.simple_tag
def formulaire(form: forms.BaseForm) -> SafeString:
    """Every field of the form, each as `socle/champ.html` draws it."""
    if getattr(form, "blank_is_drawn_once", False) and not form.is_bound and not form.initial:
        return drawn_blank(type(form))
    return drawn(form)


def drawn_blank(kind: type[forms.BaseForm]) -> SafeString:
    """A form that is the same for everybody until something is typed: half the time of the sign-in page went into it."""
    if kind not in BLANKS:
        BLANKS[kind] = drawn(kind())
    return BLANKS[kind]


BLANKS: dict[type[forms.BaseForm], SafeString] = {}


def drawn(form: forms.BaseForm) -> SafeString:
    visible = format_html_join("", "{}", ((field.as_field_group(),) for field in form.visible_fields()))
    return visible + format_html_join("", "{}", ((field,) for field in form.hidden_fields()))


@register.simple_block_tag
def ligne_resume(content: str, titre: str, *, modifier: str = "", verbe: str = "Modifier") -> SafeString:
    """A line of `<dl class="resume">`: what was asked, what was answered, where to change it."""
    return draw("ligne_resume", contenu=content, titre=titre, modifier=modifier, verbe=verbe)


@register.simple_block_tag
def recepisse(
    content: str,
    titre: str,
    *,
    reference: str,
    tampon: str = "Reçu",
    ton: Ton = "vert",
    emetteur: str = "",
    niveau: Literal[1, 2] = 1,
) -> SafeString:
    """The counter's slip: torn edge, stamp, reference in large fixed letters. `niveau` is that of its heading."""
    check(ton, Ton, "ton")
    return draw(
        "recepisse",
        contenu=content,
        titre=titre,
        reference=reference,
        tampon=tampon,
        ton=ton,
        emetteur=emetteur,
        niveau=niveau,
    )


@register.simple_block_tag
def fichier(
    content: str,
    *,
    nom: str,
    rang: int = 0,
    pages: int = 1,
    etat: str = "",
    ton: Ton = "neutre",
    detail: str | SafeString = "",
    vignette: str = "",
) -> SafeString:
    """A line of `<ul class="fichiers">`; the block holds its actions (compare, turn, remove).

    `rang` is the number of its first page in the document, `pages` how many it has.
    """
    return draw(
        "fichier",
        contenu=mark_safe(content.strip()),  # noqa: S308  # the block itself, already escaped
        nom=nom,
        rang=rang,
        derniere=rang + pages - 1,
        badge=pastille(etat, ton=ton) if etat else "",
        detail=detail,
        vignette=vignette,
    )


@register.simple_block_tag
def vide(content: str, titre: str) -> SafeString:
    """An empty list says what will come here, and how to begin."""
    return draw("vide", contenu=content, titre=titre)


@register.simple_tag
def pagination(*, precedent: str = "", suivant: str = "", quoi: str = "") -> SafeString:
    """Towards the newer and the older of a list that is read by keys; nothing when there is only one page."""
    return (
        draw("pagination", precedent=precedent, suivant=suivant, quoi=quoi) if precedent or suivant else SafeString("")
    )


def draw(nom: str, /, **context: object) -> SafeString:
    """The component's own template, with nothing of the page's context."""
    return SafeString(get_template(f"socle/composants/{nom}.html").render(context))


@register.filter
def pluriel(nombre: int, mot: str) -> str:
    """« 0 pièce », « 1 pièce », « 2 pièces »; give both forms as "œil,yeux" when an s is not enough."""
    return f"{nombre} {accord(nombre, mot)}"


@register.filter
def accord(nombre: int, mot: str) -> str:
    """The word alone, agreeing: zero and one are singular in French. Each word of a group takes its s."""
    singulier, _, autre = mot.partition(",")
    if -2 < nombre < 2:
        return singulier
    return autre or " ".join(un if un[-1] in "sxz" else f"{un}s" for un in singulier.split(" "))


@register.filter
def taille(octets: int) -> str:
    """« 5,4 Mo »."""
    return tailles.taille(octets)


@register.filter
def moment(instant: datetime) -> str:
    """« samedi 21 novembre 2026 à 10 h 47 min 12 s (heure de Paris) »."""
    return typo(dates.moment(instant))


@register.filter
def heure(instant: datetime) -> str:
    """« 10 h 47 » in Paris."""
    return typo(dates.heure(instant))


@register.filter
def jour(day: date | datetime) -> str:
    """« 21 novembre 2026 »: the day in Paris when given an instant."""
    return dates.jour(day_of(day))


@register.filter
def jour_court(day: date | datetime) -> str:
    """« 21 nov. »."""
    return dates.jour_court(day_of(day))


@register.filter
def avant_le(day: date, debut: str) -> str:
    """« Avant le 30 nov. »: two words, and a day short enough for a badge."""
    return f"{debut} {dates.jour_court(day)}".replace(" ", "\u00a0")


def day_of(day: date | datetime) -> date:
    return dates.paris(day).date() if isinstance(day, datetime) else day


@register.filter
def euros(montant: Decimal) -> str:
    """« 231,77 € »."""
    return montants.euros(montant)


@register.filter
def typo(phrase: str) -> str:
    """A phrase made by the code, with the French spaces that do not break: before ; : ? ! » and around « 8 h 30 »."""
    return SPACES_THAT_HOLD.sub("\u00a0", phrase)


@register.filter
def lien_tel(numero: str) -> str:
    """« 03 20 900 500 » as the address of a link."""
    return "tel:" + "".join(sign for sign in numero if sign in "+0123456789")


@register.filter
def par_quatre(empreinte: str) -> str:
    """A fingerprint in groups of four signs, so that it can be read aloud and folds on a phone."""
    return " ".join(empreinte[index : index + 4] for index in range(0, len(empreinte), 4))
