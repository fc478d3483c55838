"""What is typed about a second factor."""

from django import forms

from enclos.comptes.facteurs import secours
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


class CodeDouze(forms.Form):
    """Twelve signs, in groups of four: a recovery code, or the code of the letter."""

    code_de_secours = forms.CharField(
        label="Code de secours",
        help_text="12 lettres et chiffres, par exemple : K7WM-3PQR-9XTB. Les majuscules et les tirets ne comptent pas.",
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

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["code_de_secours"]
        field.label = "Code reçu par courrier"
        field.error_messages["required"] = "Tapez le code de la lettre."
