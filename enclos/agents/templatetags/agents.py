"""Durations, as agents say them."""

from django import template

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
