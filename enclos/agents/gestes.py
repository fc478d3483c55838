"""What is filled in to move items: a decision for several, an agent to give to, another fund, days off, who cannot wait."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms

from enclos.agents.charges import Charge
from enclos.agents.forms import ARMING, LONGEST
from enclos.agents.lots import Geste
from enclos.caisses.models import Caisse, Service
from enclos.comptes.models import Compte
from enclos.socle.dates import jour, jour_court, today_paris
from enclos.socle.forms import LongSelect, no_nir
from enclos.socle.templatetags.socle import accord
from enclos.suivi.models import Lot


def said_of(charge: Charge) -> str:
    """« Lou Petit – 12 pris, 3 en retard, 41 décidés cette semaine »."""
    absence = f" – en absence jusqu’au {jour_court(charge.absence.au)}" if charge.absence and charge.is_absent else ""
    return (
        f"{charge.agent.nom} – {charge.prises} en cours, {charge.en_retard} en retard, "
        f"{charge.semaine} {accord(charge.semaine, 'décidé')} cette semaine{absence}"
    )


class AgentsRadio(forms.RadioSelect):
    """Who is away is shown, and cannot be chosen."""

    absents: frozenset[str] = frozenset()

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(*args, **kwargs)
        if str(option["value"]) in self.absents:
            option["attrs"]["disabled"] = True
        return option


class ChoixAgent(forms.Form):
    """A form with a field `agent`, filled with the agents of a team and what each has."""

    agents: dict[str, Compte] = {}

    def offer(self, charges: Sequence[Charge]) -> None:
        field = self.fields["agent"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(charge.agent.pk), said_of(charge)) for charge in charges]
        assert isinstance(field.widget, AgentsRadio)
        field.widget.absents = frozenset(str(charge.agent.pk) for charge in charges if charge.is_absent)
        self.agents = {str(charge.agent.pk): charge.agent for charge in charges if not charge.is_absent}

    def clean_agent(self) -> str:
        """Somebody who is there: the choice of who is away is shown, and refused."""
        chosen = str(self.cleaned_data.get("agent") or "")
        if chosen and chosen not in self.agents:
            raise forms.ValidationError("Cet agent est en absence : choisissez-en un autre.")
        return chosen

    @property
    def chosen_agent(self) -> Compte:
        return self.agents[self.cleaned_data["agent"]]


class Attribuer(ChoixAgent):
    """Whom to give to, with what each has."""

    agent = forms.ChoiceField(
        label="À qui ?",
        widget=AgentsRadio,
        error_messages={"required": "Choisissez l’agent.", "invalid_choice": "Choisissez un agent de la liste."},
    )

    def __init__(self, *args: Any, charges: Sequence[Charge], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(charges)


class EnLot(ChoixAgent):
    """The act, and what it needs: only the field of the act chosen is read."""

    genre = forms.ChoiceField(
        label="Que faire de ces documents ?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez ce qu’il faut faire."},
    )
    reponse = forms.CharField(
        label="Un mot pour les adhérents",
        help_text="Le même pour tous. Pour « Traité » seulement.",
        required=False,
        max_length=LONGEST,
        validators=[no_nir],
        widget=forms.Textarea(attrs={"rows": 3, **ARMING}),
    )
    service = forms.ChoiceField(label="Vers quel service ?", required=False, help_text="Pour « Réorienter » seulement.")
    agent = forms.ChoiceField(
        label="À quel agent ?", required=False, widget=AgentsRadio, help_text="Pour « Attribuer à un agent » seulement."
    )

    def __init__(
        self,
        *args: Any,
        gestes: Sequence[Lot.Genre],
        services: Sequence[Service],
        charges: Sequence[Charge],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.services = {service.code: service for service in services}
        self.choose("genre", [(geste.value, geste.label) for geste in gestes])
        self.choose("service", [("", "Choisir…"), *((service.code, service.nom) for service in services)])
        if charges:
            self.offer(charges)
        else:
            del self.fields["agent"]

    def choose(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("genre") == Lot.Genre.REORIENTER and not data.get("service"):
            self.add_error("service", "Choisissez le service.")
        if data.get("genre") == Lot.Genre.ATTRIBUER and not data.get("agent") and not self.has_error("agent"):
            self.add_error("agent", "Choisissez l’agent.")
        return data

    @property
    def geste(self) -> Geste:
        data = self.cleaned_data
        genre = Lot.Genre(data["genre"])
        return Geste(
            genre=genre,
            reponse=data["reponse"] if genre == Lot.Genre.TRAITER else "",
            service=self.services[data["service"]] if genre == Lot.Genre.REORIENTER else None,
            agent=self.chosen_agent if genre == Lot.Genre.ATTRIBUER else None,
        )


class Confirmer(forms.Form):
    """The key of a preview: the same sent twice is one lot."""

    cle = forms.UUIDField(widget=forms.HiddenInput)


class Transferer(forms.Form):
    """Another team, of this fund or of another one."""

    service = forms.ChoiceField(
        label="Vers quel service ?",
        widget=LongSelect,
        error_messages={"required": "Choisissez le service.", "invalid_choice": "Choisissez un service de la liste."},
    )

    def __init__(
        self,
        *args: Any,
        here: Sequence[Service],
        elsewhere: Sequence[tuple[Caisse, Sequence[Service]]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.services = {
            str(service.pk): service for service in [*here, *(one for _, mine in elsewhere for one in mine)]
        }
        field = self.fields["service"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", "Choisir…"),
            ("Votre caisse", [(str(service.pk), service.nom) for service in here]),
            *((caisse.nom, [(str(service.pk), service.nom) for service in mine]) for caisse, mine in elsewhere),
        ]

    @property
    def chosen(self) -> Service:
        return self.services[self.cleaned_data["service"]]


class NoterAbsence(forms.Form):
    """First and last day away."""

    du = forms.DateField(
        label="Premier jour d’absence",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        error_messages={"required": "Choisissez le premier jour.", "invalid": "Cette date n’existe pas."},
    )
    au = forms.DateField(
        label="Dernier jour d’absence",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        error_messages={"required": "Choisissez le dernier jour.", "invalid": "Cette date n’existe pas."},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        du, au = data.get("du"), data.get("au")
        if au is not None and au < today_paris():
            self.add_error("au", f"Le dernier jour doit être aujourd’hui, {jour(today_paris())}, ou plus tard.")
        elif du is not None and au is not None and au < du:
            self.add_error("au", "Le dernier jour vient après le premier.")
        elif du is not None and au is not None and (au - du).days > 366:
            self.add_error("au", "Une absence dure un an au plus.")
        return data


class Precarite(forms.Form):
    """Why this person can, or cannot, wait."""

    raison = forms.CharField(
        label="Pourquoi ?",
        help_text="Vos collègues le lisent dans l’historique.",
        max_length=200,
        validators=[no_nir],
        widget=forms.TextInput(attrs=ARMING),
        error_messages={"required": "Dites pourquoi, en quelques mots."},
    )


def keys_of(texts: Sequence[str]) -> list[UUID]:
    """The opaque keys among what an address or a form gave, each once."""
    keys: dict[UUID, None] = {}
    for text in texts:
        try:
            keys[UUID(text)] = None
        except ValueError:
            continue
    return list(keys)
