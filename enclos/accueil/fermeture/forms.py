"""What a member says to close their account."""

from django import forms


class Fermer(forms.Form):
    """Closing cannot be undone: a box to tick, never ticked beforehand."""

    confirme = forms.BooleanField(
        label="J’ai compris. Je veux fermer mon compte en ligne.",
        error_messages={"required": "Cochez la case pour fermer votre compte."},
    )
