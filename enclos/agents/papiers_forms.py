"""What is filled in about papers: those to ask for, their dates, those that came by the post."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from enclos.agents.forms import ARMING, LONGEST, by_group
from enclos.caisses.access import nomenclatures
from enclos.caisses.models import Nature
from enclos.envois.demandes import PapierVoulu
from enclos.envois.models import DemandePapiers, DocumentEnvoye
from enclos.envois.personnes import Personnes
from enclos.socle.dates import jour, today_paris
from enclos.socle.forms import LongSelect, no_nir

MAX_PAPIERS = 5
DAYS_TO_ANSWER = 15


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
    return format_html_join(
        "",
        '<optgroup label="{}">{}</optgroup>',
        (
            (
                groupe,
                format_html_join("", '<option value="{}">{}</option>', members),
            )
            for groupe, members in by_group(natures).items()
        ),
    )


# What agents write most, offered while they type. A reason is the member’s to read: it says what the paper is for.
RAISONS_PAPIERS = (
    "Pour calculer le montant de votre aide.",
    "Pour vérifier votre situation de famille.",
    "Pour connaître vos ressources.",
    "Pour mettre à jour vos coordonnées bancaires.",
    "Le document que vous avez envoyé ne suffit pas.",
)


class Complete(forms.Form):
    """« À compléter »: up to five papers, why, by when, a word. Each paper may say its own: `nature_1`, `raison_1`, `due_on_1`…

    `papiers` is how many have their fields: one while nothing is asked yet, for the page is opened much more often than papers are
    asked, and the script copies the first; what is posted has as many as it says.
    """

    PAR_PAPIER = ("nature", "precision", "concerne", "autre_nom", "raison", "due_on", "indispensable", "sinon")
    max_papiers = MAX_PAPIERS
    COURT = 3  # how many of them are shown without opening anything

    raison = forms.CharField(
        label="Pourquoi",
        help_text="L’adhérent le lit sous chaque papier.",
        max_length=250,
        validators=[no_nir],
        widget=forms.TextInput(attrs={"list": "raisons-papiers", **ARMING}),
        error_messages={"required": "Dites à l’adhérent pourquoi vous demandez ces papiers."},
    )
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

    def __init__(
        self, *args: Any, personnes: Personnes, document: DocumentEnvoye | None = None, papiers: int = 1, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        said = [rang for rang in range(1, MAX_PAPIERS + 1) if self.add_prefix(f"nature_{rang}") in self.data]
        self.rangs = range(1, max([papiers, *said]) + 1)
        # What is medical is not asked for here; an original on paper is, and comes by the post.
        self.natures = {n.code: n for n in nomenclatures().natures.values() if not n.is_medical}
        self.personnes = personnes
        choices = personnes.choices(for_agent=True)
        about = document.concerne_choix if document else ""
        self.initial.setdefault("due_on", today_paris() + timedelta(days=DAYS_TO_ANSWER))
        drawn, tomorrow = draw_options(list(self.natures.values())), today_paris() + timedelta(days=1)
        self.fields["due_on"].widget.attrs["min"] = tomorrow.isoformat()
        for rang in self.rangs:
            for name, field in self.fields_of_paper(rang, drawn, tomorrow, choices).items():
                self.fields[f"{name}_{rang}"] = field
            self.initial.setdefault(f"concerne_{rang}", about if about in dict(choices) else "moi")
            if document is not None and about == DocumentEnvoye.Concerne.AUTRE:
                self.initial.setdefault(f"autre_nom_{rang}", document.concerne_nom)
        first, others = self.names_of(1), [name for rang in self.rangs[1:] for name in self.names_of(rang)]
        self.order_fields([*first, "raison", "due_on", *others, "message"])

    @staticmethod
    def fields_of_paper(
        rang: int, drawn: SafeString, tomorrow: date, choices: list[tuple[str, str]]
    ) -> dict[str, forms.Field]:
        nature = forms.CharField(label=f"Papier {rang}", required=rang == 1, widget=NatureSelect())
        nature.error_messages["required"] = "Choisissez le papier qui manque."
        assert isinstance(nature.widget, NatureSelect)
        nature.widget.drawn = drawn

        def text(label: str, length: int, **attrs: str) -> forms.CharField:
            widget = forms.TextInput(attrs={**attrs, **ARMING})
            return forms.CharField(label=label, required=False, max_length=length, validators=[no_nir], widget=widget)

        return {
            "nature": nature,
            "precision": text("Précision", 200, placeholder="page 2, de juillet à septembre…"),
            "concerne": forms.ChoiceField(
                label="Personne concernée", required=False, choices=choices, widget=LongSelect
            ),
            "autre_nom": text("Son nom, si c’est une autre personne", 160),
            "raison": text("Sa propre raison", 250, list="raisons-papiers"),
            "due_on": forms.DateField(
                label="Sa propre date",
                required=False,
                widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "min": tomorrow.isoformat()}),
                input_formats=["%Y-%m-%d", "%d/%m/%Y"],
                error_messages={"invalid": "Cette date n’existe pas. Exemple : 15/12/2026."},
            ),
            "indispensable": forms.ChoiceField(
                label="Indispensable pour décider ?",
                required=False,
                choices=[("oui", "Oui : la décision l’attend"), ("non", "Non : nous continuons sans lui")],
                widget=LongSelect,
            ),
            "sinon": text("Ce qui se passe sans lui, en vos mots", 250),
        }

    def names_of(self, rang: int) -> list[str]:
        return [f"{name}_{rang}" for name in self.PAR_PAPIER]

    @property
    def groupes(self) -> list["GroupeDeChamps"]:
        """The fields of each paper but the first: what is shown at once, and what is folded."""
        return [self.groupe(rang) for rang in self.rangs[1:]]

    @property
    def can_ask_more(self) -> bool:
        return len(self.rangs) < MAX_PAPIERS

    @property
    def premier(self) -> "GroupeDeChamps":
        return self.groupe(1)

    def groupe(self, rang: int) -> "GroupeDeChamps":
        champs = [self[name] for name in self.names_of(rang)]
        return GroupeDeChamps(rang, champs[: self.COURT], champs[self.COURT :])

    @property
    def has_other_papers(self) -> bool:
        """Folded on the screen, unless something was typed there."""
        return any(groupe.is_used for groupe in self.groupes)

    @property
    def raisons(self) -> tuple[str, ...]:
        return RAISONS_PAPIERS

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for rang in self.rangs:
            code = data.get(f"nature_{rang}")
            if code and code not in self.natures:
                self.add_error(f"nature_{rang}", "Choisissez un papier de la liste.")
            elif not code and data.get(f"precision_{rang}") and not self.has_error(f"nature_{rang}"):
                self.add_error(f"nature_{rang}", "Choisissez le papier que vous précisez.")
            if code and data.get(f"concerne_{rang}") == "autre" and not data.get(f"autre_nom_{rang}"):
                self.add_error(f"autre_nom_{rang}", "Écrivez le nom de la personne concernée.")
            self.check_to_come(data, f"due_on_{rang}")
        self.check_to_come(data, "due_on")
        return data

    def check_to_come(self, data: dict[str, Any], name: str) -> None:
        if data.get(name) is not None and data[name] <= today_paris():
            self.add_error(name, f"La date limite doit être après aujourd’hui, {jour(today_paris())}.")

    @property
    def papiers(self) -> list[PapierVoulu]:
        """The papers asked for, in order."""
        return [self.papier(rang) for rang in self.rangs if self.cleaned_data.get(f"nature_{rang}")]

    def papier(self, rang: int) -> PapierVoulu:
        said = {name: self.cleaned_data.get(f"{name}_{rang}") or "" for name in self.PAR_PAPIER}
        return PapierVoulu(
            nature=self.natures[said["nature"]],
            precision=said["precision"],
            concerne=self.personnes.values(said["concerne"] or "moi", autre_nom=said["autre_nom"]),
            raison=said["raison"] or self.cleaned_data["raison"],
            due_on=self.cleaned_data.get(f"due_on_{rang}"),
            is_indispensable=said["indispensable"] != "non",
            sinon=said["sinon"],
        )


@dataclass(frozen=True)
class GroupeDeChamps:
    """The fields of one paper: those shown at once, and those for who wants to say more."""

    rang: int
    courts: list[forms.BoundField]
    longs: list[forms.BoundField]

    @property
    def is_used(self) -> bool:
        return bool(self.courts[0].value() or self.courts[1].value()) or self.is_detailed

    @property
    def is_detailed(self) -> bool:
        """Something was said, or is wrong, in what is folded."""
        return any(champ.errors for champ in [*self.courts, *self.longs]) or any(
            champ.value() for champ in self.longs if champ.name.split("_")[0] not in {"indispensable", "autre"}
        )


class Prolonge(forms.Form):
    """More time for the member."""

    due_on = forms.DateField(
        label="Nouvelle date",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        error_messages={
            "required": "Choisissez la nouvelle date.",
            "invalid": "Cette date n’existe pas. Exemple : 15/12/2026.",
        },
    )


class Explique(forms.Form):
    """A word to the member about one paper: why again, or how to have it."""

    mot = forms.CharField(
        max_length=LONGEST, validators=[no_nir], error_messages={"required": "Écrivez un mot à l’adhérent."}
    )


class ReferenceForm(forms.Form):
    """The reference of the sheet that came with papers, typed or scanned."""

    reference = forms.CharField(
        label="Référence de la page à joindre",
        help_text="Par exemple KM7-RP4-QB2. Majuscules et tirets sont facultatifs.",
        max_length=40,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false", **ARMING}),
        error_messages={"required": "Tapez ou scannez la référence de la page à joindre."},
    )


class RecuParLaPoste(forms.Form):
    """Which numbers of the list came by the post, and when."""

    rangs = forms.TypedMultipleChoiceField(
        label="Papiers reçus",
        widget=forms.CheckboxSelectMultiple,
        coerce=int,
        error_messages={"required": "Cochez au moins un numéro.", "invalid_choice": "Ce numéro n’est plus attendu."},
    )
    received_on = forms.DateField(
        label="Date de réception du courrier",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        error_messages={
            "required": "Donnez la date de réception.",
            "invalid": "Cette date n’existe pas. Exemple : 15/12/2026.",
        },
    )
    ouvre = forms.BooleanField(
        label="Mettre ces papiers dans la file du service, pour qu’un agent les traite", required=False
    )

    def __init__(self, *args: Any, demande: DemandePapiers, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked_on = demande.asked_on
        field = self.fields["rangs"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [
            (papier.rang, f"{papier.rang}. {papier.libelle} ({papier.concerne_nom or papier.concerne_en_mots})")
            for papier in demande.manquants
        ]
        self.fields["received_on"].widget.attrs |= {
            "min": demande.asked_on.isoformat(),
            "max": today_paris().isoformat(),
        }
        self.initial.setdefault("received_on", today_paris())
        self.initial.setdefault("ouvre", True)

    def clean_received_on(self) -> date:
        day: date = self.cleaned_data["received_on"]
        if not self.asked_on <= day <= today_paris():
            raise forms.ValidationError(
                f"Cette date n’est pas possible : entre le {jour(self.asked_on)}, jour de la demande, et aujourd’hui."
            )
        return day
