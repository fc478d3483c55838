"""What is typed about a second factor."""

from typing import Any

from django import forms

from enclos.comptes.facteurs import secours
from enclos.comptes.forms import Code
from enclos.socle.forms import no_nir


class NomDeCle(forms.Form):
    """« Nom de la clé »."""

    nom = forms.CharField(
        label="Nom de la clé",
        help_text="Pour la reconnaître plus tard. Par exemple : mon téléphone.",
        max_length=60,
        validators=[no_nir],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Donnez un nom à cette clé. Par exemple : mon téléphone."},
    )


class CodeTelephone(Code):
    """« Code à 6 chiffres », for somebody whose application names the fund. Not focused: what to do is written above it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.help_text = "Celui que l’application affiche en ce moment. Il change toutes les 30 secondes."
        field.widget.attrs.pop("autofocus", None)


class CodeDouze(forms.Form):
    """Twelve signs, in groups of four: a recovery code, or the code of the letter."""

    code_de_secours = forms.CharField(
        label="Code de secours",
        help_text='12 lettres et chiffres, par exemple : <span class="insecable">K7WM-3PQR-9XTB</span>. Les majuscules et les tirets ne comptent pas.',
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "autocorrect": "off"}
        ),
        error_messages={"required": "Tapez un de vos codes de secours."},
    )

    def clean_code_de_secours(self) -> str:
        code = secours.read(self.cleaned_data["code_de_secours"])
        if not code:
            raise forms.ValidationError(
                f"Ce code compte {secours.SIGNS} lettres et chiffres. Il n’a ni 0, ni 1, ni I, ni L, ni O."
            )
        return code


class CodeDeLettre(CodeDouze):
    """« Code reçu par courrier »."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code_de_secours"]
        field.label = "Code reçu par courrier"
        field.error_messages["required"] = "Tapez le code de la lettre."
