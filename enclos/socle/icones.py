"""The few drawings of the portal: 24 × 24, one stroke, the colour of the text around them."""

from django.utils.safestring import SafeString, mark_safe

TRACES = {
    "coche": '<path d="M4.5 12.5l5 5 10-11"/>',
    "attention": '<path d="M12 3.5 1.8 20.5h20.4z"/><path d="M12 10v5M12 17.6v.1"/>',
    "erreur": '<circle cx="12" cy="12" r="9.5"/><path d="M12 7v6M12 16.6v.1"/>',
    "croix": '<path d="M6 6l12 12M18 6 6 18"/>',
    "info": '<circle cx="12" cy="12" r="9.5"/><path d="M12 11v6M12 7.3v.1"/>',
    "attente": '<circle cx="12" cy="12" r="9.5"/><path d="M12 6.5V12l3.5 2.5"/>',
    "crayon": '<path d="M4 20l1-4.5L16.5 4 20 7.5 8.5 19z"/>',
    "telephone": '<path d="M5 3.5h4l2 5-2.6 1.7a12 12 0 0 0 5.4 5.4L15.5 13l5 2v4a1.9 1.9 0 0 1-2 2A16.5 16.5 0 0 1 3 5.5a1.9 1.9 0 0 1 2-2z"/>',
    "document": '<path d="M6 2.5h8l5 5v14H6z"/><path d="M14 2.5v5h5M9 13h7M9 17h5"/>',
    "etoile": '<path d="M12 3l2.700 5.800 6.300.800-4.600 4.400 1.200 6.300L12 17.200l-5.600 3.100 1.200-6.300L3 9.600l6.300-.800z"/>',
    "envoi": '<path d="M12 16V4M7 8.5 12 3.5l5 5"/><path d="M4 15v5.5h16V15"/>',
    "telecharger": '<path d="M12 3.5V16M7 11.5l5 5 5-5"/><path d="M4 20.5h16"/>',
    "courrier": '<path d="M2.5 5.5h19v13h-19z"/><path d="M3 6l9 7 9-7"/>',
    "cadenas": '<path d="M5 10.5h14v10.5H5z"/><path d="M8 10.5V7a4 4 0 0 1 8 0v3.5"/>',
    "fleche": '<path d="M5 12h14M13 6l6 6-6 6"/>',
    "retour": '<path d="M19 12H5M11 6l-6 6 6 6"/>',
    "tourner": '<path d="M19.5 12a7.5 7.5 0 1 1-2.200-5.300L20 9"/><path d="M20 3.5V9h-5.5"/>',
    "loupe": '<circle cx="10.5" cy="10.5" r="7"/><path d="M16 16l5.5 5.5"/>',
    "euro": '<path d="M18 6.5a7 7 0 1 0 0 11M3.5 10.5H13M3.5 14H12"/>',
}
DESSINS = {
    nom: mark_safe(f'<svg class="icone" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{trace}</svg>')  # noqa: S308
    for nom, trace in TRACES.items()
}


def icone(nom: str) -> SafeString:
    """The drawing `nom`, hidden from assistive technology: words always stand beside it. Raises `KeyError`."""
    return DESSINS[nom]
