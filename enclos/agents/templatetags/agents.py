"""Durations, as agents say them."""

from django import template

from enclos.agents.adresses import affaire_url
from enclos.caisses.access import nomenclatures
from enclos.comptes.roles import Acte, peut
from enclos.socle.templatetags.socle import accord
from enclos.suivi.access import COUNTED
from enclos.suivi.models import Affaire

register = template.Library()


@register.filter
def retard(nombre: int) -> str:
    """« 3 en retard »."""
    return f"{nombre} en retard"


@register.filter
def jours_de_retard(jours: int) -> str:
    """« 1 jour de retard », « 4 jours de retard »."""
    return f"{jours} jour{'s' if jours > 1 else ''} de retard"


@register.filter
def il_y_a(jours: int) -> str:
    """« aujourd’hui », « hier », « il y a 4 jours »."""
    return {0: "aujourd’hui", 1: "hier"}.get(jours, f"il y a {jours} jours")


@register.filter
def borne(nombre: int, mot: str = "") -> str:
    """« 12 documents », « plus de 500 documents »: nobody counts further."""
    said = f"plus de {COUNTED}" if nombre > COUNTED else str(nombre)
    return f"{said} {accord(nombre, mot)}" if mot else said


@register.simple_tag(takes_context=True)
def superviseur(context: template.Context) -> bool:
    """Whether the agent who reads the page supervises."""
    return peut(context["request"].agent, Acte.SUPERVISER)


@register.filter
def nature_dite(code: str) -> str:
    """What a document of this nature is called; its code when the nomenclature has forgotten it."""
    nature = nomenclatures().natures.get(code)
    return nature.libelle if nature else code


@register.simple_tag
def adresse(affaire: Affaire) -> str:
    """Where this item is treated."""
    return affaire_url(affaire)
