"""Saying yes."""

from django import forms

from enclos.avis import texte


class Accord(forms.Form):
    accord = forms.BooleanField(
        label="J’ai lu ce texte et je l’accepte",
        error_messages={
            "required": "Cochez la case pour accepter. Sinon, rien ne change : vos documents arrivent par la poste."
        },
    )
    version = forms.CharField(initial=texte.VERSION, widget=forms.HiddenInput, max_length=20)
