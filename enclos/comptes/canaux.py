"""Where a member surely reads what we send: addresses proved by a code, and not refused since."""

from enclos.comptes.models import Compte
from enclos.courrier import textos
from enclos.courrier.access import is_undeliverable


def working_mail(compte: Compte) -> str:
    """The verified e-mail of an account, unless something to it was refused for good since; "" when there is none."""
    if not compte.courriel or compte.courriel_verifie_at is None:
        return ""
    return "" if is_undeliverable(compte.courriel, compte.courriel_verifie_at) else compte.courriel


def working_phone(compte: Compte) -> str:
    """The verified telephone of an account, where text messages leave; "" when there is none."""
    if not compte.telephone or compte.telephone_verifie_at is None:
        return ""
    return compte.telephone if textos.is_mobile(compte.telephone) and textos.is_available() else ""


def masked_mail(address: str) -> str:
    """« j•••@exemple.fr »: enough for its owner, too little for who looks over the shoulder."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def masked_phone(number: str) -> str:
    """« •• •• •• •• 78 »."""
    return f"•• •• •• •• {number[-2:]}"
