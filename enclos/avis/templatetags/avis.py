"""`{% previent "message-repondu" %}`: how this person will know, in one sentence that is true of them."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from config.env import ENV
from enclos.avis.access import can_text, choix_of
from enclos.avis.annonces import address_of
from enclos.avis.evenements import PAR_CODE
from enclos.comptes.models import Compte

register = template.Library()


@register.simple_tag(takes_context=True)
def previent(context: Any, evenement: str) -> SafeString:
    """By text message, by e-mail, in their digest, by post; else that nothing will, and what to do about it.

    Raises `KeyError` on an event nobody declared.
    """
    compte: Compte = context["portail"].compte
    return sentence_for(compte, evenement)


def sentence_for(compte: Compte, evenement: str) -> SafeString:
    choix = choix_of(compte, evenement)
    has_address = compte.personne is not None and bool(address_of(compte.personne))
    by_mail = choix.courriel and has_address
    if choix.sms and can_text(compte):
        return mark_safe("Un SMS vous préviendra.")
    if by_mail and choix.rythme.is_grouped:
        return mark_safe("Vous le lirez dans votre prochain résumé par e-mail.")
    if by_mail:
        return mark_safe("Un e-mail vous préviendra.")
    if PAR_CODE[evenement].post_if_unread and ENV.notice_post_days:
        return format_html(
            "Revenez voir ici. Sans visite de votre part pendant {} jours, nous vous écrirons par la poste.",
            ENV.notice_post_days,
        )
    if has_address:
        return format_html(
            'Revenez voir ici : vous avez choisi de ne pas être prévenu. <a href="{}">Changer ce choix</a>',
            reverse("avis:preferences"),
        )
    return format_html(
        'Revenez voir ici : nous n’avons pas d’adresse e-mail pour vous prévenir. <a href="{}">En donner une</a>',
        reverse("comptes:courriel"),
    )
