"""What part of the library one wants to see. Never wrong: what is not understood is not asked."""

from typing import Any

from django import forms

from enclos.bibliotheque.access import Filtres, Rayons
from enclos.bibliotheque.models import Domaine, Origine


class Recherche(forms.Form):
    """The filters, filled with what is looked at. Its fields say nothing of « facultatif »: everything is."""

    use_required_attribute = False

    q = forms.CharField(label="Chercher un document", max_length=100, widget=forms.TextInput(attrs={"type": "search"}))
    annee = forms.ChoiceField(label="Année")
    origine = forms.ChoiceField(label="D’où il vient", choices=[("", "Peu importe"), *Origine.choices])
    domaine = forms.ChoiceField(label="Domaine", choices=[("", "Tous"), *Domaine.choices])
    concerne = forms.ChoiceField(label="Personne concernée")
    du = forms.DateField(label="Du", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    au = forms.DateField(label="Au", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))

    def __init__(self, filtres: Filtres, rayons: Rayons) -> None:
        super().__init__(initial=vars(filtres) | {"annee": str(filtres.annee or "")})
        years = {str(year): str(year) for year in (*rayons.annees, filtres.annee) if year}
        names = dict.fromkeys((*rayons.concernes, filtres.concerne))
        self.choose("annee", [("", "Toutes"), *years.items()])
        self.choose("concerne", [("", "Tout le monde"), *((name, name) for name in names if name)])

    def choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    @property
    def details(self) -> list[forms.BoundField]:
        """What comes after the words."""
        return [self[name] for name in ("annee", "origine", "domaine", "concerne", "du", "au")]
