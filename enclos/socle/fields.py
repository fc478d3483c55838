"""Fields that read what people type as they write it."""

from typing import Any

from django import forms

from enclos.socle import nir
from enclos.socle.montants import MontantError, cents_of


class FrenchDateField(forms.DateField):
    """A date typed as people write it."""

    def __init__(self, *, autocomplete: str = "off", **kwargs: Any) -> None:
        super().__init__(
            input_formats=["%d/%m/%Y", "%d.%m.%Y", "%d %m %Y", "%d-%m-%Y", "%Y-%m-%d", "%d%m%Y"],
            widget=forms.DateInput(format="%d/%m/%Y", attrs={"autocomplete": autocomplete, "placeholder": ""}),
            **kwargs,
        )


class CourrielField(forms.EmailField):
    """An e-mail address; its domain in lower case, since it is the same for every mail server."""

    def __init__(self, **kwargs: Any) -> None:
        incomplete = "Cette adresse e-mail n’est pas complète. Exemple : jeanne@exemple.fr"
        super().__init__(
            max_length=254,
            widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false", "autocapitalize": "none"}),
            error_messages={"invalid": incomplete} | kwargs.pop("error_messages", {}),
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        name, at, domain = str(super().clean(value)).rpartition("@")
        return f"{name}{at}{domain.lower()}"


class MontantField(forms.CharField):
    """An amount with its cents, cleaned to cents."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=30,
            widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "decimal"}),
            **kwargs,
        )

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return cents_of(text)
        except MontantError as error:
            raise forms.ValidationError(error.phrase)


class NirField(forms.CharField):
    """A social-security number, with or without its key, cleaned to its 13 signs. A Corsican one holds a letter: the keyboard is whole."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "autocorrect": "off"}
        super().__init__(max_length=80, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return nir.normalise(text)
        except nir.NirError as error:
            raise forms.ValidationError(error.phrase)
