"""The forms of « S’inscrire ». They judge the shape of what is typed, never whether it is right."""

import re
from datetime import date
from typing import Any

from django import forms

from enclos.comptes.coordonnees.telephones import TelephoneError, normalise
from enclos.comptes.forms import Code as CodeSixChiffres
from enclos.inscription.models import Inscription
from enclos.registre.models import Civilite, Profil
from enclos.registre.rapprochement import plain_serial
from enclos.socle.dates import today_paris
from enclos.socle.fields import CourrielField, FrenchDateField, MontantField, NirField
from enclos.socle.forms import no_nir

LETTER = re.compile(r"[^\W\d_]")


class ProfilForm(forms.Form):
    """« Sélection du profil »."""

    profil = forms.ChoiceField(
        label="Votre profil",
        choices=[
            (Profil.PARTICULIER, "Particulier : salarié, retraité, ou vous recevez des prestations"),
            (
                Profil.EXPLOITANT,
                "Exploitant : chef d’exploitation, conjoint, aide familial, associé, cotisant de solidarité",
            ),
            (Profil.EMPLOYEUR, "Employeur ou entreprise"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez votre profil."},
    )


class Identifiant(forms.Form):
    """« Saisie des identifiants »."""

    identifiant = NirField(
        label="Identifiant",
        help_text="Votre numéro de sécurité sociale : les 13 premiers signes. Vous pouvez mettre des espaces, et la clé de 2 chiffres.",
        error_messages={"required": "Tapez votre numéro de sécurité sociale."},
    )


class Situation(forms.Form):
    """What a private person has at hand."""

    situation = forms.ChoiceField(
        label="Votre situation",
        choices=Inscription.Situation,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez votre situation."},
    )


def name_field(label: str, *, autocomplete: str, help_text: str = "", required: bool = True, missing: str = "") -> Any:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=120,
        required=required,
        validators=[no_nir],
        widget=forms.TextInput(attrs={"autocomplete": autocomplete, "spellcheck": "false"}),
        error_messages={"required": missing, "max_length": "Ce nom est trop long : 120 signes au plus."},
    )


class Coordonnees(forms.Form):
    """« Saisie de vos coordonnées »: compared with what the fund knows, never written there."""

    civilite = forms.ChoiceField(
        label="Civilité",
        choices=[(Civilite.MME, "Madame"), (Civilite.M, "Monsieur")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez Madame ou Monsieur."},
    )
    nom_naissance = name_field(
        "Nom de naissance",
        autocomplete="family-name",
        help_text="Celui de votre acte de naissance.",
        missing="Tapez votre nom de naissance.",
    )
    nom_usage = name_field(
        "Nom d’usage", autocomplete="off", help_text="Par exemple votre nom d’épouse ou d’époux.", required=False
    )
    prenoms = name_field("Prénoms", autocomplete="given-name", missing="Tapez au moins un prénom.")
    date_naissance = FrenchDateField(
        label="Date de naissance",
        help_text="Exemple : 07/03/1958.",
        autocomplete="bday",
        error_messages={
            "required": "Tapez votre date de naissance.",
            "invalid": "Cette date n’existe pas ou est mal écrite. Exemple : 07/03/1958.",
        },
    )
    adresse = forms.CharField(
        label="Adresse",
        help_text="Numéro et rue, ou lieu-dit. Sans domicile fixe ? Celle où vous recevez votre courrier.",
        max_length=150,
        validators=[no_nir],
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
        error_messages={"required": "Tapez votre adresse."},
    )
    code_postal = forms.CharField(
        label="Code postal",
        max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
        error_messages={"required": "Tapez votre code postal."},
    )
    commune = forms.CharField(
        label="Commune",
        max_length=80,
        validators=[no_nir],
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
        error_messages={"required": "Tapez le nom de votre commune."},
    )
    courriel = CourrielField(
        label="Adresse e-mail",
        help_text="Nous y enverrons un code, puis votre mot de passe. Vous n’en avez pas ? Laissez vide : tout viendra par la poste.",
        required=False,
    )
    telephone = forms.CharField(
        label="Téléphone portable",
        help_text="Exemple : 06 12 34 56 78.",
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )

    def clean_nom_naissance(self) -> str:
        return with_a_letter(self.cleaned_data["nom_naissance"])

    def clean_prenoms(self) -> str:
        return with_a_letter(self.cleaned_data["prenoms"])

    def clean_date_naissance(self) -> date:
        born: date = self.cleaned_data["date_naissance"]
        if not date(1900, 1, 1) <= born <= today_paris():
            raise forms.ValidationError("Cette date de naissance n’est pas possible. Exemple : 07/03/1958.")
        return born

    def clean_telephone(self) -> str:
        typed: str = self.cleaned_data["telephone"]
        if not typed:
            return ""
        try:
            return normalise(typed)
        except TelephoneError:
            raise forms.ValidationError(
                "Ce numéro n’est pas complet. Un numéro français compte 10 chiffres. Exemple : 06 12 34 56 78."
            )

    def details(self) -> dict[str, str]:
        """What to keep, once valid: text alone."""
        return {
            name: value.isoformat() if isinstance(value, date) else value for name, value in self.cleaned_data.items()
        }


def with_a_letter(name: str) -> str:
    if not LETTER.search(name):
        raise forms.ValidationError("Un nom compte au moins une lettre.")
    return name


class Paiement(forms.Form):
    """The amount of a payment received."""

    reponse = MontantField(
        label="Montant d’un paiement reçu de la MSA",
        help_text="Depuis moins de 6 mois, avec les centimes. Exemple : 148,52.",
        error_messages={"required": "Tapez le montant du paiement, avec les centimes."},
    )


class Facture(forms.Form):
    """The amount of an invoice paid."""

    reponse = MontantField(
        label="Montant d’une facture MSA que vous avez payée",
        help_text="Depuis moins de 12 mois, avec les centimes. Exemple : 2 184,60.",
        error_messages={"required": "Tapez le montant de la facture, avec les centimes."},
    )


class Vitale(forms.Form):
    """The serial number of the card."""

    reponse = forms.CharField(
        label="Numéro de série de votre carte Vitale",
        help_text="Ce n’est pas votre numéro de sécurité sociale. Les espaces ne comptent pas.",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": "Tapez le numéro de série de votre carte."},
    )

    def clean_reponse(self) -> str:
        serial = plain_serial(self.cleaned_data["reponse"])
        if len(serial) < 4:
            raise forms.ValidationError("Ce numéro est trop court. Recopiez tous ses chiffres.")
        return serial


class Courriel(forms.Form):
    """The pencil: another address."""

    courriel = CourrielField(
        label="Adresse e-mail",
        help_text="Nous y enverrons un code, puis votre mot de passe.",
        error_messages={"required": "Tapez votre adresse e-mail."},
    )


class Code(CodeSixChiffres):
    """The code sent to the address."""

    code = forms.CharField(
        label="Code à 6 chiffres",
        help_text="Il est dans le courriel que nous venons d’envoyer. Il dure 10 minutes.",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": "Tapez les 6 chiffres du code."},
    )


class Conditions(forms.Form):
    """« Acceptation des conditions générales », unticked."""

    conditions = forms.BooleanField(
        label="J’ai lu et j’accepte les conditions générales d’utilisation",
        error_messages={"required": "Cochez cette case pour accepter les conditions générales."},
    )


class CodeLettre(CodeSixChiffres):
    """The code that came by post."""

    code = forms.CharField(
        label="Code à 6 chiffres",
        help_text="Il est dans la lettre que votre MSA vous a envoyée.",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": "Tapez les 6 chiffres du code."},
    )
