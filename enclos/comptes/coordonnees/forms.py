"""What is typed to change contact details or the password."""

from dataclasses import replace
from datetime import date
from typing import Any

from django import forms

from enclos.comptes import forms as comptes_forms
from enclos.comptes.coordonnees import telephones
from enclos.comptes.coordonnees.access import COLONNES_ADRESSE
from enclos.socle.adresses import FRENCH_CODE, HERE, AddressToVerify, NoFixedAddress, PostalAddress, capitals
from enclos.socle.dates import add_months, jour, today_paris
from enclos.socle.fields import CourrielField
from enclos.socle.forms import no_nir

LINE = 38  # signs of a line on an envelope (NF Z10-011)


class NouveauCourriel(forms.Form):
    courriel = CourrielField(
        label="Nouvelle adresse e-mail",
        help_text="Nous y envoyons un code. Vous le tapez à la page suivante.",
        error_messages={"required": "Tapez votre nouvelle adresse e-mail."},
    )


class NouveauTelephone(forms.Form):
    telephone = forms.CharField(
        label="Numéro de téléphone",
        help_text="Exemple : 06 12 34 56 78. Pour un numéro étranger, commencez par + et le code du pays.",
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
        error_messages={"required": "Tapez votre numéro de téléphone."},
    )

    def clean_telephone(self) -> str:
        try:
            return telephones.normalise(self.cleaned_data["telephone"])
        except telephones.TelephoneError:
            raise forms.ValidationError(
                "Ce numéro n’est pas complet. Un numéro français compte 10 chiffres. Exemple : 06 12 34 56 78."
            )


class CodeRecu(comptes_forms.Code):
    """The six digits that were just sent."""

    code = forms.CharField(
        label="Code à 6 chiffres",
        help_text="Il sert pendant 10 minutes.",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": "Tapez les 6 chiffres du code."},
    )


def line(label: str, *, help_text: str = "", autocomplete: str = "", required: bool = False, missing: str = "") -> Any:
    """One line of the envelope."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=LINE,
        validators=[no_nir],
        widget=forms.TextInput(attrs={"autocomplete": autocomplete} if autocomplete else {}),
        error_messages={
            "required": missing,
            "max_length": f"Cette ligne compte {LINE} signes au plus, pour tenir sur une enveloppe.",
        },
    )


class Adresse(forms.Form):
    """A postal address in plain words; its fields are the lines of NF Z10-011."""

    adresse4 = line(
        "Numéro et rue, ou lieu-dit",
        help_text="Exemple : 12 rue des Tilleuls, ou Le Moulin",
        autocomplete="address-line1",
        required=True,
        missing="Tapez le numéro et la rue, ou le lieu-dit.",
    )
    adresse2 = line("Étage, appartement", help_text="Exemple : 2e étage, appartement 14")
    adresse3 = line("Bâtiment, résidence", help_text="Exemple : Résidence des Peupliers, bâtiment B")
    adresse5 = line("Lieu-dit en plus de la rue, ou boîte postale", help_text="Exemple : Hameau de la Haie, ou BP 12")
    code_postal = forms.CharField(
        label="Code postal",
        max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "inputmode": "text"}),
        error_messages={"required": "Tapez le code postal."},
    )
    localite = line("Commune", autocomplete="address-level2", required=True, missing="Tapez le nom de la commune.")
    pays = line("Pays", help_text="Laissez vide pour la France.", autocomplete="country-name")
    effet_le = forms.DateField(
        label="Vous habitez à cette adresse à partir du",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y", "%d-%m-%Y", "%d %m %Y"],
        error_messages={
            "required": "Dites à partir de quel jour vous habitez à cette adresse.",
            "invalid": "Cette date n’existe pas. Exemple : 15/11/2026.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.earliest, self.latest = add_months(today_paris(), -12), add_months(today_paris(), 6)
        widget = self.fields["effet_le"].widget
        widget.attrs |= {"min": self.earliest.isoformat(), "max": self.latest.isoformat()}
        self.fields["effet_le"].help_text = f"Entre le {jour(self.earliest)} et le {jour(self.latest)}."

    def clean_effet_le(self) -> date:
        day: date = self.cleaned_data["effet_le"]
        if not self.earliest <= day <= self.latest:
            raise forms.ValidationError(
                f"Choisissez un jour entre le {jour(self.earliest)} et le {jour(self.latest)}. "
                "Pour une date plus ancienne, appelez-nous."
            )
        return day

    def clean(self) -> dict[str, Any]:
        """What no field can judge alone: whether a letter sent there would arrive."""
        data = self.cleaned_data
        block = PostalAddress(
            nom="X",
            ligne2=data.get("adresse2", ""),
            ligne3=data.get("adresse3", ""),
            ligne4=data.get("adresse4", ""),
            ligne5=data.get("adresse5", ""),
            code_postal=data.get("code_postal", ""),
            localite=data.get("localite", ""),
            pays=data.get("pays", ""),
        )
        if not block.is_foreign and (code := block.code_postal):
            data["code_postal"] = code = code.replace(" ", "")
            block = replace(block, code_postal=code)
            if not FRENCH_CODE.fullmatch(code):
                self.add_error("code_postal", "Un code postal français compte 5 chiffres. Exemple : 62000.")
        if capitals(block.pays) in HERE:
            data["pays"] = ""
        if len(f"{block.code_postal} {block.localite}") > LINE and not self.errors:
            self.add_error("localite", f"Le code postal et la commune tiennent ensemble en {LINE} signes.")
        if not self.errors:
            self.refuse_what_cannot_be_printed(block)
        return data

    def refuse_what_cannot_be_printed(self, block: PostalAddress) -> None:
        try:
            block.render()
        except NoFixedAddress:
            self.add_error(
                "adresse4", "Nous ne pouvons pas écrire à cette adresse. Appelez-nous : nous chercherons avec vous."
            )
        except AddressToVerify:
            self.add_error("adresse4", "Écrivez l’adresse avec des lettres et des chiffres, comme sur une enveloppe.")

    @property
    def valeurs(self) -> dict[str, str]:
        """The columns of the registry."""
        return {column: " ".join(str(self.cleaned_data[column]).split()) for column in COLONNES_ADRESSE}
