"""The two forms of coming in."""

import re
from typing import Any

from django import forms

from enclos.comptes import identifiants
from enclos.comptes.identifiants import Identifiant
from enclos.socle.nir import NirError


class Connexion(forms.Form):
    """« Identifiant » and « Mot de passe »."""

    blank_is_drawn_once = True

    identifiant = forms.CharField(
        label="Identifiant",
        help_text="Votre numéro de sécurité sociale, 13 chiffres, sans la clé. Il est sur votre carte Vitale.",
        max_length=80,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autocorrect": "off"}
        ),
        error_messages={"required": "Tapez votre identifiant : votre numéro de sécurité sociale."},
    )
    mot_de_passe = forms.CharField(
        label="Mot de passe",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Tapez votre mot de passe."},
    )

    def clean_identifiant(self) -> Identifiant:
        """Who it is. The shape alone is judged here, so what it answers reveals nothing."""
        try:
            return identifiants.read(self.cleaned_data["identifiant"])
        except NirError as error:
            raise forms.ValidationError(error.phrase)


class ConnexionAgent(Connexion):
    """The same, asked of an agent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["identifiant"].help_text = "Celui que votre caisse vous a donné."


class Code(forms.Form):
    """« Code à 6 chiffres »."""

    code = forms.CharField(
        label="Code à 6 chiffres",
        help_text="Celui que votre téléphone affiche en ce moment pour Enclos. Il change toutes les 30 secondes.",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
        error_messages={"required": "Tapez les 6 chiffres du code."},
    )

    def clean_code(self) -> str:
        """The six digits, however they were spaced."""
        code = re.sub(r"[\s.-]", "", self.cleaned_data["code"])
        if not re.fullmatch(r"[0-9]{6}", code):
            raise forms.ValidationError("Le code compte 6 chiffres, rien d’autre.")
        return code
