"""What is typed to write a message."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from enclos.messagerie.accuse import ATTESTATION, ATTESTATIONS
from enclos.messagerie.liens import Lien
from enclos.messagerie.models import LONGEST, Fil
from enclos.socle.dates import today_paris
from enclos.socle.fields import FrenchDateField
from enclos.socle.forms import MultipleFileField, MultipleFileInput
from enclos.socle.refusals import Refusal

CONTROLS = re.compile(r"[\x01-\x08\x0b-\x1f\x7f]")


class TexteField(forms.CharField):
    """Free text of some signs at most. A line break is one sign, whatever the browser sends."""

    def __init__(self, *, longest: int, rows: int = 10, **kwargs: Any) -> None:
        self.longest = longest
        attrs = {"rows": rows, "data-enclos-signes": longest, "autocomplete": "off"}
        super().__init__(widget=forms.Textarea(attrs=attrs), **kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()

    def validate(self, value: str) -> None:
        super().validate(value)
        if (more := len(value) - self.longest) > 0:
            raise forms.ValidationError(
                f"Votre texte a {len(value)} signes, c’est {more} de trop : {self.longest} au plus. "
                "Raccourcissez-le, ou joignez un fichier.",
                code="trop_long",
            )


MOST_KEPT = 20_000  # signs of a text being written, however long it may be once sent


def words_of(data: Mapping[str, str]) -> str:
    """What is being typed, as it is. Raises `Refusal` beyond what any message could become."""
    words = CONTROLS.sub("", data.get("texte", "").replace("\r\n", "\n").replace("\r", "\n"))
    if len(words) > MOST_KEPT:
        raise Refusal("Votre texte est trop long pour être enregistré.", code="trop_long", status=422)
    return words if words.strip() else ""


class Texte(forms.Form):
    """« Votre message », in a thread that exists."""

    texte = TexteField(
        label="Votre message",
        longest=LONGEST,
        help_text=f"{LONGEST} signes au plus. N’écrivez ni information médicale, ni numéro de compte bancaire.",
        error_messages={"required": "Écrivez votre message."},
    )


class PremierTexte(Texte):
    """« Votre message », the first of a thread: also what it is about."""

    lien = forms.ChoiceField(
        label="À propos de",
        required=False,
        help_text="Si votre message parle d’un envoi ou de papiers demandés.",
    )
    decision_on = FrenchDateField(
        label="Date de la décision contestée",
        required=False,
        help_text="Celle du courrier, s’il y en a un. Exemple : 07/11/2026. Le délai de recours part de cette date.",
        error_messages={"invalid": "Cette date n’existe pas ou est mal écrite. Exemple : 07/11/2026."},
    )

    def __init__(self, *args: Any, fil: Fil, liens: Sequence[Lien], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.liens = {lien.cle: lien for lien in liens}
        kept = Lien(fil.lien_genre, fil.lien_reference, fil.lien_libelle)
        if fil.lien_genre:
            self.liens.setdefault(kept.cle, kept)
            self.initial.setdefault("lien", kept.cle)
        field = self.fields["lien"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Rien de cela"), *((lien.cle, lien.libelle) for lien in self.liens.values())]
        if not self.liens:
            del self.fields["lien"]
        if fil.is_reclamation:
            self.initial.setdefault("decision_on", fil.decision_on)
        else:
            del self.fields["decision_on"]

    def clean_decision_on(self) -> date | None:
        day: date | None = self.cleaned_data["decision_on"]
        if day and not date(2000, 1, 1) <= day <= today_paris():
            raise forms.ValidationError("Cette date n’est pas possible : elle doit être passée. Exemple : 07/11/2026.")
        return day

    @property
    def chosen(self) -> Lien | None:
        return self.liens.get(self.cleaned_data.get("lien", ""))


class Fichiers(forms.Form):
    """« Fichiers à joindre »: the sandbox says what each file is worth, not this form."""

    use_required_attribute = False

    fichiers = MultipleFileField(
        label="Fichiers",
        required=False,
        help_text="PDF ou photo (JPEG, PNG, HEIC), 20 Mo au plus par fichier.",
        widget=MultipleFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.heic,.heif,application/pdf,image/*"}),
    )


class Regroupe(forms.Form):
    """Several photos may be the pages of one paper."""

    un_seul = forms.BooleanField(
        label="Ces fichiers sont les pages d’un même document",
        required=False,
    )


class Verification(forms.Form):
    """« Vérification »: medical or not, and the attestation, unticked, when there are files. The same question as for a sending."""

    medical = forms.TypedChoiceField(
        label="Ce document contient-il des informations médicales ?",
        help_text="Il s’agit des fichiers joints. Par exemple : un certificat médical, un compte rendu d’hôpital, un arrêt de travail.",
        choices=[("oui", "Oui"), ("non", "Non")],
        widget=forms.RadioSelect,
        coerce=lambda answer: answer == "oui",
        error_messages={"required": "Répondez Oui ou Non : un document médical part par la poste."},
    )
    attestation = forms.BooleanField(
        label="J’atteste la conformité des fichiers joints",
        help_text=ATTESTATIONS[ATTESTATION],
        error_messages={"required": "Cochez cette case pour attester que vos fichiers sont conformes aux originaux."},
    )

    def __init__(self, *args: Any, has_files: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_files:
            del self.fields["medical"], self.fields["attestation"]
