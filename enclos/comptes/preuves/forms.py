"""What is typed to prove oneself."""

from typing import Any

from django import forms

from enclos.comptes.preuves.access import Voie


class Preuve(forms.Form):
    """« Code »: of the telephone, of the e-mail, or a recovery code; its shape is judged by who checks it."""

    code = forms.CharField(
        label="Code à 6 chiffres",
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": "Tapez le code."},
    )

    def __init__(self, *args: Any, voie: Voie, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        if voie.is_facteur:
            field.label = "Code de votre téléphone, ou code de secours"
            field.help_text = "Les 6 chiffres que votre application affiche, ou l’un de vos codes de secours."
        else:
            field.widget.attrs["inputmode"] = "numeric"
            field.help_text = "Il est dans le dernier message que nous vous avons envoyé. Il dure 10 minutes."
