"""What an agent of the help desk fills in: whom to look for and why, then what was checked."""

from typing import Any

from django import forms

from enclos.agents.models import Appel
from enclos.socle.forms import no_nir

OFF = {"autocomplete": "off"}
LEAST_CHECKS = 2


class Recherche(forms.Form):
    """By a number, or by a name and a birth date: never by a name alone, which would be browsing."""

    numero = forms.CharField(
        label="Numéro",
        help_text="Numéro de sécurité sociale, numéro d’adhérent ou référence d’un envoi.",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={**OFF, "spellcheck": "false", "autocapitalize": "characters"}),
    )
    nom = forms.CharField(
        label="Nom",
        help_text="De naissance ou d’usage.",
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs=OFF),
    )
    naissance = forms.DateField(
        label="Date de naissance",
        help_text="Par exemple : 14/05/1985.",
        required=False,
        input_formats=["%d/%m/%Y", "%Y-%m-%d", "%d%m%Y", "%d.%m.%Y", "%d-%m-%Y"],
        widget=forms.TextInput(attrs=OFF),
        error_messages={"invalid": "Cette date n’existe pas. Exemple : 14/05/1985."},
    )
    raison = forms.ChoiceField(
        label="Pourquoi ouvrez-vous ce compte ?",
        choices=Appel.Raison,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez la raison : elle est gardée dans le journal."},
    )
    precision = forms.CharField(
        label="Précision",
        required=False,
        max_length=200,
        validators=[no_nir],
        widget=forms.TextInput(attrs=OFF),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        by_name = data.get("nom") or data.get("naissance") or self.has_error("naissance")
        if not data.get("numero") and not by_name:
            self.add_error("numero", "Donnez un numéro, ou bien le nom et la date de naissance.")
        elif not data.get("numero"):
            if not data.get("nom"):
                self.add_error("nom", "Donnez aussi le nom.")
            if not data.get("naissance") and not self.has_error("naissance"):
                self.add_error("naissance", "Donnez aussi la date de naissance.")
        if data.get("raison") == Appel.Raison.AUTRE and not data.get("precision") and not self.has_error("precision"):
            self.add_error("precision", "Dites en quelques mots pourquoi vous ouvrez ce compte.")
        return data


class Verifications(forms.Form):
    """« Vérifications faites au téléphone »: two of them at least, before any act."""

    verifications = forms.MultipleChoiceField(
        label="Ce que vous avez vérifié",
        help_text="Deux vérifications au moins. Ne demandez jamais le mot de passe, ni un code reçu.",
        choices=Appel.Verification,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins deux vérifications."},
    )
    constat = forms.CharField(
        label="Ce que vous avez constaté",
        help_text="Facultatif, 500 signes au plus. Pas de numéro de sécurité sociale : l’adhérent peut lire ce texte.",
        required=False,
        max_length=500,
        validators=[no_nir],
        widget=forms.Textarea(attrs={"rows": 3, **OFF}),
    )

    def clean_verifications(self) -> list[str]:
        given: list[str] = self.cleaned_data["verifications"]
        if len(given) < LEAST_CHECKS:
            raise forms.ValidationError("Cochez au moins deux vérifications.")
        return given
