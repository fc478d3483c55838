"""What an agent fills in to decide."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from enclos.caisses import modeles
from enclos.caisses.access import nomenclatures
from enclos.caisses.models import Nature, Service
from enclos.socle.dates import jour, today_paris
from enclos.socle.forms import no_iban, no_nir
from enclos.suivi.models import CHOSEN
from enclos.suivi.notes import LONGEST as LONGEST_NOTE

MAX_PAPIERS = 5
DAYS_TO_ANSWER = 15
LONGEST = 1000  # signs of a word to the member

ARMING = {"autocomplete": "off"}


class Traite(forms.Form):
    """« Traité », with a word if there is one to say."""

    reponse = forms.CharField(
        label="Un mot pour l’adhérent",
        required=False,
        max_length=LONGEST,
        validators=[no_nir],
        widget=forms.Textarea(attrs={"rows": 3, **ARMING}),
    )


class Refuse(forms.Form):
    """« Refusé », and why."""

    refus = forms.ChoiceField(
        label="Pourquoi ce document est-il refusé ?",
        choices=[(raison.value, raison.label) for raison in CHOSEN],
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez la raison du refus."},
    )
    reponse = forms.CharField(
        label="Ce que l’adhérent doit comprendre et faire",
        help_text="Par exemple : « La page 2 est coupée en bas. Refaites la photo avec la page entière. »",
        max_length=LONGEST,
        validators=[no_nir],
        widget=forms.Textarea(attrs={"rows": 4, **ARMING}),
        error_messages={"required": "Écrivez à l’adhérent ce qui ne va pas et ce qu’il peut faire."},
    )


class Reoriente(forms.Form):
    """« Réorienter » to another team of the fund."""

    service = forms.ChoiceField(
        label="Vers quel service ?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez le service.", "invalid_choice": "Choisissez un service de la liste."},
    )

    def __init__(self, *args: Any, services: Sequence[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.services = {service.code: service for service in services}
        field = self.fields["service"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(service.code, service.nom) for service in services]

    @property
    def chosen(self) -> Service:
        return self.services[self.cleaned_data["service"]]


class Medical(forms.Form):
    """« Signaler médical »: an end that nobody takes back, so it asks twice."""

    confirme = forms.BooleanField(
        label="Oui, ce document contient des informations médicales",
        error_messages={"required": "Cochez la case pour confirmer : le document ne pourra plus être ouvert."},
    )


class NatureSelect(forms.Select):
    """The nomenclature, five times on a page: its options are drawn once, not a template each."""

    drawn: SafeString = SafeString("")

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        html = str(self.drawn)
        if value:
            chosen = f'value="{value}"'
            html = html.replace(f"{chosen}>", f"{chosen} selected>", 1)
        attributes = format_html_join(
            "",
            ' {}="{}"',
            ((key, val) for key, val in {**self.attrs, **(attrs or {})}.items() if val not in {False, None}),
        )
        options = mark_safe(html)  # noqa: S308  drawn by `draw_options`, which escapes
        return format_html(
            '<select name="{}"{}><option value="">Choisir…</option>{}</select>', name, attributes, options
        )


def draw_options(natures: Sequence[Nature]) -> SafeString:
    """The natures as groups of options."""
    groups: dict[str, list[Nature]] = {}
    for nature in natures:
        groups.setdefault(nature.groupe, []).append(nature)
    return format_html_join(
        "",
        '<optgroup label="{}">{}</optgroup>',
        (
            (
                groupe,
                format_html_join(
                    "", '<option value="{}">{}</option>', ((nature.code, nature.libelle) for nature in members)
                ),
            )
            for groupe, members in groups.items()
        ),
    )


class Complete(forms.Form):
    """« À compléter »: up to five papers, a date, a word. Two fields a paper: `nature_1`, `precision_1`…"""

    due_on = forms.DateField(
        label="À recevoir avant le",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        error_messages={
            "required": "Choisissez la date limite.",
            "invalid": "Cette date n’existe pas. Exemple : 15/12/2026.",
        },
    )
    message = forms.CharField(
        label="Un mot pour l’adhérent",
        required=False,
        max_length=LONGEST,
        validators=[no_nir],
        widget=forms.Textarea(attrs={"rows": 3, **ARMING}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What goes by post is not asked for here: nobody could answer.
        natures = nomenclatures().natures.values()
        self.natures = {n.code: n for n in natures if not (n.is_medical or n.original_par_poste)}
        drawn = draw_options(list(self.natures.values()))
        tomorrow = today_paris() + timedelta(days=1)
        self.fields["due_on"].widget.attrs["min"] = tomorrow.isoformat()
        self.initial.setdefault("due_on", today_paris() + timedelta(days=DAYS_TO_ANSWER))
        for rang in range(1, MAX_PAPIERS + 1):
            nature = forms.CharField(label=f"Papier {rang}", required=rang == 1, widget=NatureSelect())
            nature.error_messages["required"] = "Choisissez le papier qui manque."
            assert isinstance(nature.widget, NatureSelect)
            nature.widget.drawn = drawn
            self.fields[f"nature_{rang}"] = nature
            self.fields[f"precision_{rang}"] = forms.CharField(
                label=f"Précision sur le papier {rang}",
                required=False,
                max_length=200,
                validators=[no_nir],
                widget=forms.TextInput(attrs={"placeholder": "page 2, de juillet à septembre…", **ARMING}),
            )
        self.order_fields([*self.names_of_papers(), "due_on", "message"])

    @staticmethod
    def names_of_papers() -> list[str]:
        return [name for rang in range(1, MAX_PAPIERS + 1) for name in (f"nature_{rang}", f"precision_{rang}")]

    @property
    def first_paper(self) -> list[forms.BoundField]:
        return [self[name] for name in self.names_of_papers()[:2]]

    @property
    def other_papers(self) -> list[forms.BoundField]:
        """Folded on the screen, unless something was typed there."""
        return [self[name] for name in self.names_of_papers()[2:]]

    @property
    def has_other_papers(self) -> bool:
        return any(field.value() or field.errors for field in self.other_papers)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for rang in range(1, MAX_PAPIERS + 1):
            code = data.get(f"nature_{rang}")
            if code and code not in self.natures:
                self.add_error(f"nature_{rang}", "Choisissez un papier de la liste.")
            elif not code and data.get(f"precision_{rang}") and not self.has_error(f"nature_{rang}"):
                self.add_error(f"nature_{rang}", "Choisissez le papier que vous précisez.")
        due_on = data.get("due_on")
        if due_on is not None and due_on <= today_paris():
            self.add_error("due_on", f"La date limite doit être après aujourd’hui, {jour(today_paris())}.")
        return data

    @property
    def papiers(self) -> list[tuple[Nature, str]]:
        """The papers asked for, in order."""
        rangs = [rang for rang in range(1, MAX_PAPIERS + 1) if self.cleaned_data.get(f"nature_{rang}")]
        return [
            (self.natures[self.cleaned_data[f"nature_{rang}"]], self.cleaned_data.get(f"precision_{rang}", ""))
            for rang in rangs
        ]


class Original(forms.Form):
    """Why the bytes that the member sent are needed."""

    RAISONS = (
        ("La copie se lit mal", "La copie se lit mal"),
        ("Doute sur le document", "Doute sur le document"),
        ("Recours ou contrôle", "Recours ou contrôle"),
        ("Demande de l’adhérent", "Demande de l’adhérent"),
    )

    raison = forms.ChoiceField(
        label="Pourquoi en avez-vous besoin ?",
        choices=RAISONS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez la raison : elle est gardée dans le journal."},
    )
    precision = forms.CharField(
        label="Précision", required=False, max_length=200, validators=[no_nir], widget=forms.TextInput(attrs=ARMING)
    )


class NoteInterne(forms.Form):
    """A word to colleagues."""

    texte = forms.CharField(
        label="Note interne",
        help_text="Pour vos collègues. Elle n’est pas dans l’espace de l’adhérent. La personne peut demander à lire ces notes.",
        max_length=LONGEST_NOTE,
        validators=[no_nir, no_iban],
        widget=forms.Textarea(attrs={"rows": 3, **ARMING}),
        error_messages={"required": "Écrivez la note avant de l’ajouter."},
    )


class Barre(forms.Form):
    """Why a note is struck through."""

    raison = forms.CharField(
        label="Pourquoi barrer cette note ?",
        help_text="La raison reste à côté de la note.",
        max_length=200,
        validators=[no_nir, no_iban],
        widget=forms.TextInput(attrs=ARMING),
        error_messages={"required": "Dites pourquoi cette note est barrée."},
    )


class Renvoi(forms.Form):
    """Why what a colleague settled comes back to them."""

    mot = forms.CharField(
        label="Un mot pour votre collègue",
        help_text="Par exemple : « Le nom du titulaire n’est pas celui de l’adhérent. »",
        max_length=300,
        validators=[no_nir, no_iban],
        widget=forms.Textarea(attrs={"rows": 3, **ARMING}),
        error_messages={"required": "Dites à votre collègue ce qui ne va pas."},
    )


class Modele(forms.Form):
    """A ready answer of the fund."""

    titre = forms.CharField(
        label="Titre",
        help_text="Ce que l’agent lit dans la liste. Par exemple : « Photo floue ».",
        max_length=80,
        widget=forms.TextInput(attrs=ARMING),
        error_messages={"required": "Donnez un titre au modèle."},
    )
    service = forms.ChoiceField(label="Service", required=False)
    texte = forms.CharField(
        label="Texte",
        max_length=modeles.LONGEST,
        widget=forms.Textarea(attrs={"rows": 8, **ARMING}),
        error_messages={"required": "Écrivez le texte du modèle."},
    )
    is_active = forms.BooleanField(label="Proposé aux agents", required=False, initial=True)

    def __init__(self, *args: Any, services: Sequence[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.services = {service.code: service for service in services}
        field = self.fields["service"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Tous les services"), *((service.code, service.nom) for service in services)]

    def clean_texte(self) -> str:
        texte: str = self.cleaned_data["texte"]
        try:
            modeles.check_texte(texte)
        except modeles.ModeleRefuse as refus:
            raise forms.ValidationError(refus.phrase, code=refus.code) from refus
        return texte

    @property
    def chosen(self) -> Service | None:
        return self.services.get(self.cleaned_data["service"])
