"""What an agent fills in to decide."""

from collections.abc import Sequence
from typing import Any

from django import forms

from enclos.caisses import modeles
from enclos.caisses.access import nomenclatures
from enclos.caisses.models import Nature, Service, Usage
from enclos.envois.forms import asked_in
from enclos.envois.models import PapierDemande
from enclos.socle.forms import LongSelect, no_iban, no_nir
from enclos.suivi.models import CHOSEN
from enclos.suivi.notes import LONGEST as LONGEST_NOTE

LONGEST = 1000  # signs of a word to the member

ARMING = {"autocomplete": "off"}


def by_group(natures: Sequence[Nature]) -> dict[str, list[tuple[str, str]]]:
    """The natures as choices, by group of the nomenclature."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for nature in natures:
        groups.setdefault(nature.groupe, []).append((nature.code, nature.libelle))
    return groups


class Traite(forms.Form):
    """« Traité », with a word if there is one to say, and the paper asked that this document is, when it looks like one."""

    papiers = forms.MultipleChoiceField(
        label="Ce papier lui est demandé : ce document y répond",
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    reponse = forms.CharField(
        label="Un mot pour l’adhérent",
        required=False,
        max_length=LONGEST,
        validators=[no_nir],
        widget=forms.Textarea(attrs={"rows": 3, **ARMING}),
    )

    def __init__(self, *args: Any, pareils: Sequence[PapierDemande] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pareils = {str(papier.pk): papier for papier in pareils}
        field = self.fields["papiers"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(pk, asked_in(papier)) for pk, papier in self.pareils.items()]
        field.initial = list(self.pareils)[:1]  # the first due; the others are the agent's to choose instead
        if not pareils:
            del self.fields["papiers"]

    def clean_papiers(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["papiers"]
        if len(chosen) > 1:
            raise forms.ValidationError("Un document répond à un seul papier : laissez une seule case cochée.")
        return chosen

    @property
    def papier(self) -> PapierDemande | None:
        """The paper asked that this document closes, if the agent says so."""
        return next((self.pareils[pk] for pk in self.cleaned_data.get("papiers", ())), None)


class Refuse(forms.Form):
    """« Refusé », and why."""

    refus = forms.ChoiceField(
        label="Pourquoi ce document est-il refusé ?",
        choices=[(raison.value, raison.label) for raison in CHOSEN],
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez la raison du refus."},
    )
    reponse = forms.CharField(
        label="Ce que l’adhérent doit comprendre et faire",
        help_text="Par exemple : « La page 2 est coupée en bas. Refaites la photo avec la page entière. »",
        max_length=LONGEST,
        validators=[no_nir],
        widget=forms.Textarea(attrs={"rows": 4, **ARMING}),
        error_messages={"required": "Écrivez à l’adhérent ce qui ne va pas et ce qu’il peut faire."},
    )


class Reoriente(forms.Form):
    """« Réorienter » to another team of the fund."""

    service = forms.ChoiceField(
        label="Vers quel service ?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez le service.", "invalid_choice": "Choisissez un service de la liste."},
    )

    def __init__(self, *args: Any, services: Sequence[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.services = {service.code: service for service in services}
        field = self.fields["service"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(service.code, service.nom) for service in services]

    @property
    def chosen(self) -> Service:
        return self.services[self.cleaned_data["service"]]


class Medical(forms.Form):
    """« Signaler médical »: an end that nobody takes back, so it asks twice."""

    confirme = forms.BooleanField(
        label="Oui, ce document contient des informations médicales",
        error_messages={"required": "Cochez la case pour confirmer : le document ne pourra plus être ouvert."},
    )


class Original(forms.Form):
    """Why the bytes that the member sent are needed."""

    RAISONS = (
        ("La copie se lit mal", "La copie se lit mal"),
        ("Doute sur le document", "Doute sur le document"),
        ("Recours ou contrôle", "Recours ou contrôle"),
        ("Demande de l’adhérent", "Demande de l’adhérent"),
    )

    raison = forms.ChoiceField(
        label="Pourquoi en avez-vous besoin ?",
        choices=RAISONS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez la raison : elle est gardée dans le journal."},
    )
    precision = forms.CharField(
        label="Précision", required=False, max_length=200, validators=[no_nir], widget=forms.TextInput(attrs=ARMING)
    )


class NoteInterne(forms.Form):
    """A word to colleagues."""

    texte = forms.CharField(
        label="Note interne",
        help_text="Pour vos collègues. Elle n’est pas dans l’espace de l’adhérent. La personne peut demander à lire ces notes.",
        max_length=LONGEST_NOTE,
        validators=[no_nir, no_iban],
        widget=forms.Textarea(attrs={"rows": 3, **ARMING}),
        error_messages={"required": "Écrivez la note avant de l’ajouter."},
    )


class Barre(forms.Form):
    """Why a note is struck through."""

    raison = forms.CharField(
        label="Pourquoi barrer cette note ?",
        help_text="La raison reste à côté de la note.",
        max_length=200,
        validators=[no_nir, no_iban],
        widget=forms.TextInput(attrs=ARMING),
        error_messages={"required": "Dites pourquoi cette note est barrée."},
    )


class Renvoi(forms.Form):
    """Why what a colleague settled comes back to them."""

    mot = forms.CharField(
        label="Un mot pour votre collègue",
        help_text="Par exemple : « Le nom du titulaire n’est pas celui de l’adhérent. »",
        max_length=300,
        validators=[no_nir, no_iban],
        widget=forms.Textarea(attrs={"rows": 3, **ARMING}),
        error_messages={"required": "Dites à votre collègue ce qui ne va pas."},
    )


class Modele(forms.Form):
    """A ready answer of the fund."""

    titre = forms.CharField(
        label="Titre",
        help_text="Ce que l’agent lit dans la liste. Par exemple : « Photo floue ».",
        max_length=80,
        widget=forms.TextInput(attrs=ARMING),
        error_messages={"required": "Donnez un titre au modèle."},
    )
    service = forms.ChoiceField(label="Service", required=False)
    usages = forms.MultipleChoiceField(
        label="Proposé pour",
        help_text="Sans rien cocher : partout.",
        required=False,
        choices=Usage,
        widget=forms.CheckboxSelectMultiple,
    )
    nature = forms.ChoiceField(label="Seulement pour ce document", required=False, widget=LongSelect)
    texte = forms.CharField(
        label="Texte",
        max_length=modeles.LONGEST,
        widget=forms.Textarea(attrs={"rows": 8, **ARMING}),
        error_messages={"required": "Écrivez le texte du modèle."},
    )
    is_active = forms.BooleanField(label="Proposé aux agents", required=False, initial=True)

    def __init__(self, *args: Any, services: Sequence[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.services = {service.code: service for service in services}
        field = self.fields["service"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Tous les services"), *((service.code, service.nom) for service in services)]
        natures = self.fields["nature"]
        assert isinstance(natures, forms.ChoiceField)
        natures.choices = [("", "Tous les documents"), *by_group(list(nomenclatures().natures.values())).items()]

    def clean_texte(self) -> str:
        texte: str = self.cleaned_data["texte"]
        try:
            modeles.check_texte(texte)
        except modeles.ModeleRefuse as refus:
            raise forms.ValidationError(refus.phrase, code=refus.code) from refus
        return texte

    @property
    def chosen(self) -> Service | None:
        return self.services.get(self.cleaned_data["service"])
