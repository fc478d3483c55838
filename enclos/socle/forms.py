"""How every form is drawn: one template for a field, whatever its widget."""

from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from enclos.socle.iban import holds_iban
from enclos.socle.nir import REDACTION


def no_nir(text: str) -> None:
    """Validator of free text: it is shown, printed on receipts and kept in the clear, where a NIR must never be."""
    if REDACTION.search(text):
        raise forms.ValidationError(
            "Ce texte contient ce qui ressemble à un numéro de sécurité sociale. Retirez-le : il ne doit pas être écrit ici.",
            code="nir",
        )


def no_iban(text: str) -> None:
    """Validator of what agents write: an IBAN is read on the paper that bears it, and copied nowhere."""
    if holds_iban(text):
        raise forms.ValidationError(
            "Ce texte contient ce qui ressemble à un IBAN. Retirez-le : un numéro de compte ne doit pas être écrit ici.",
            code="iban",
        )


class Renderer(DjangoTemplates):
    """Fields are drawn by `socle/champ.html`: label, hint, error, and what ties them together."""

    field_template_name = "socle/champ.html"


class LongSelect(forms.Select):
    """A select of dozens of options: Django draws a template for each, which took more time than the page around it."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        chosen = {str(value)}
        attributes = format_html_join("", ' {}="{}"', self.shown(self.build_attrs(self.attrs, attrs)))
        options = format_html_join("", "{}", ((self.draw(label, choice, chosen),) for label, choice in self.choices))
        return format_html('<select name="{}"{}>{}</select>', name, attributes, options)

    @staticmethod
    def shown(attributes: dict[str, Any]) -> list[tuple[str, Any]]:
        """HTML attributes: one that is true is written alone, one that is false not at all."""
        return [
            (name, name if value is True else value) for name, value in attributes.items() if value not in {False, None}
        ]

    def draw(self, value: Any, label: Any, chosen: set[str]) -> SafeString:
        """An option, or a group of them."""
        if isinstance(label, list | tuple):
            inside = format_html_join("", "{}", ((self.draw(key, text, chosen),) for key, text in label))
            return format_html('<optgroup label="{}">{}</optgroup>', value, inside)
        selected = SafeString(" selected") if str(value) in chosen else ""
        return format_html('<option value="{}"{}>{}</option>', value, selected, label)


class MultipleFileInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class MultipleFileField(forms.FileField):
    """Several files in one field, perhaps none; cleaned to a list."""

    widget = MultipleFileInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [upload for upload in data or [] if upload is not None]
