"""Checking a receipt: its reference and its code, or the file itself."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

MAX_BYTES = 5_000_000


class TextOrFile(forms.CharField):
    """One of the two ways: neither optional, which the label would say, nor required by itself."""

    def validate(self, value: str) -> None:
        pass


class FileOrText(forms.FileField):
    def validate(self, value: object) -> None:
        pass


class VerifierForm(forms.Form):
    use_required_attribute = False

    reference = TextOrFile(
        label="Référence",
        max_length=40,
        help_text="Écrite en grand sur l’accusé. Exemple : KM7-RP4-QB2.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    code = TextOrFile(
        label="Code de vérification",
        max_length=40,
        help_text="Les 10 signes écrits au bas de l’accusé.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    fichier = FileOrText(
        label="Fichier PDF",
        allow_empty_file=True,
        help_text="L’accusé tel que vous l’avez reçu. Nous lisons ce fichier sans le garder.",
        widget=forms.FileInput(attrs={"accept": ".pdf,application/pdf"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        fichier, reference, code = cleaned.get("fichier"), cleaned.get("reference"), cleaned.get("code")
        if self.errors or self.check_file(fichier):
            return cleaned
        if not reference and not code:
            self.add_error("reference", "Écrivez la référence et le code de l’accusé, ou choisissez son fichier PDF.")
        elif not reference:
            self.add_error("reference", "Écrivez aussi la référence. Elle ressemble à KM7-RP4-QB2.")
        elif not code:
            self.add_error("code", "Écrivez aussi le code de vérification : 10 signes, au bas de l’accusé.")
        return cleaned

    def check_file(self, fichier: "UploadedFile[bytes] | None") -> bool:
        """Whether a file was given, an error being added when it cannot be a receipt."""
        if fichier is None:
            return False
        if not fichier.size:
            self.add_error("fichier", "Ce fichier est vide. Choisissez le PDF de l’accusé.")
        elif fichier.size > MAX_BYTES:
            self.add_error(
                "fichier", "Ce fichier pèse plus de 5 Mo : ce n’est pas un accusé. Choisissez un autre fichier."
            )
        return True
