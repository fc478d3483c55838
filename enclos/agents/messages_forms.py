"""What an agent fills in to answer a message."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms

from enclos.journal.references import new_reference
from enclos.messagerie.actions import LONGEST_ANSWER
from enclos.messagerie.forms import TexteField
from enclos.messagerie.models import Sujet
from enclos.socle.dates import jour, today_paris
from enclos.socle.forms import MultipleFileField, MultipleFileInput, no_nir
from enclos.socle.jours_ouvres import add_working_days

LONGEST_WAIT = timedelta(days=90)


class Reponse(forms.Form):
    """« Répondre », with files if there are some to give."""

    use_required_attribute = False

    texte = TexteField(
        label="Votre réponse",
        longest=LONGEST_ANSWER,
        rows=9,
        validators=[no_nir],
        error_messages={"required": "Écrivez votre réponse."},
    )
    fichiers = MultipleFileField(
        label="Joindre des fichiers",
        required=False,
        help_text="PDF, JPEG ou PNG. Ils seront rangés dans les documents de l’adhérent.",
        widget=MultipleFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"}),
    )


class EnCours(forms.Form):
    """« En cours »: why it takes longer, and until when."""

    due_on = forms.DateField(
        label="Vous répondrez avant le",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        error_messages={
            "required": "Choisissez la nouvelle date.",
            "invalid": "Cette date n’existe pas. Exemple : 15/12/2026.",
        },
    )
    mot = TexteField(
        label="Ce que vous dites à l’adhérent",
        longest=1000,
        rows=4,
        validators=[no_nir],
        error_messages={"required": "Dites à l’adhérent pourquoi il faut plus de temps."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("due_on", add_working_days(today_paris(), 10))
        self.fields["due_on"].widget.attrs["min"] = (today_paris() + timedelta(days=1)).isoformat()

    def clean_due_on(self) -> date:
        day: date = self.cleaned_data["due_on"]
        if not today_paris() < day <= today_paris() + LONGEST_WAIT:
            last = jour(today_paris() + LONGEST_WAIT)
            raise forms.ValidationError(f"La nouvelle date doit être après aujourd’hui, et avant le {last}.")
        return day


class Cloture(forms.Form):
    """« Clore », with a word if there is one to say."""

    mot = TexteField(label="Un mot pour l’adhérent", longest=1000, rows=3, required=False, validators=[no_nir])


class Ecrit(forms.Form):
    """« Écrire à cette personne »."""

    sujet = forms.ChoiceField(label="Objet", error_messages={"required": "Choisissez l’objet du message."})
    texte = TexteField(
        label="Votre message",
        longest=LONGEST_ANSWER,
        validators=[no_nir],
        error_messages={"required": "Écrivez votre message."},
    )
    cle = forms.RegexField(r"[A-Z2-9]{3}-[A-Z2-9]{3}-[A-Z2-9]{3}", widget=forms.HiddenInput)

    def __init__(self, *args: Any, sujets: Sequence[Sujet], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sujets = {sujet.code: sujet for sujet in sujets if not sujet.is_reclamation}
        groups: dict[str, list[tuple[str, str]]] = {}
        for sujet in self.sujets.values():
            groups.setdefault(sujet.domaine, []).append((sujet.code, sujet.libelle))
        field = self.fields["sujet"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Choisissez…"), *groups.items()]
        self.initial.setdefault("cle", new_reference())

    @property
    def chosen(self) -> Sujet:
        return self.sujets[self.cleaned_data["sujet"]]
