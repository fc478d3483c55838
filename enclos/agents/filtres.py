"""The filters of a queue: what may be chosen, and those an agent keeps under a name."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.db import transaction
from django.http import Http404

from enclos.agents.models import FiltreEnregistre
from enclos.caisses.access import nomenclatures
from enclos.caisses.models import Service
from enclos.comptes.models import Compte
from enclos.socle.forms import LongSelect, no_nir
from enclos.socle.refusals import Refusal
from enclos.suivi.filtres import Filtre, Qui
from enclos.suivi.models import Genre

MAX_FILTRES = 12
AGES = (("3", "3 jours"), ("7", "une semaine"), ("14", "deux semaines"), ("30", "un mois"), ("60", "deux mois"))
LEGALES = (("0", "Aujourd’hui ou passée"), ("7", "Dans 7 jours"), ("15", "Dans 15 jours"), ("30", "Dans 30 jours"))


class FiltreForm(forms.Form):
    """Everything one may choose. Sent in an address: what it does not know is left out, never an error."""

    service = forms.ChoiceField(label="Service", required=False, widget=forms.HiddenInput)
    genre = forms.ChoiceField(label="Genre", required=False, choices=[("", "Tous"), *Genre.choices])
    groupe = forms.ChoiceField(label="Groupe", required=False)
    nature = forms.ChoiceField(label="Nature", required=False, widget=LongSelect)
    age = forms.ChoiceField(label="Reçu depuis plus de", required=False, choices=[("", "–"), *AGES])
    legal = forms.ChoiceField(label="Échéance légale", required=False, choices=[("", "–"), *LEGALES])
    qui = forms.ChoiceField(label="Qui l’a", required=False, choices=[("", "Tous, sauf les miens"), *Qui.choices])
    retard = forms.BooleanField(label="En retard", required=False, widget=forms.CheckboxInput(attrs={"value": "oui"}))
    precaire = forms.BooleanField(
        label="Ne peut pas attendre", required=False, widget=forms.CheckboxInput(attrs={"value": "oui"})
    )

    def __init__(self, *args: Any, services: Sequence[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = {service.code for service in services}
        groups: dict[str, list[tuple[str, str]]] = {}
        for nature in nomenclatures().natures.values():
            if nature.service_code in codes:
                groups.setdefault(nature.groupe, []).append((nature.code, nature.libelle))
        self.choose("service", [("", "Tous"), *((service.code, service.nom) for service in services)])
        self.choose("groupe", [("", "Tous"), *((groupe, groupe) for groupe in groups)])
        self.choose("nature", [("", "Toutes"), *groups.items()])

    def choose(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def filtre(self) -> Filtre:
        """What was chosen among what exists."""
        self.is_valid()
        return Filtre.of(self.cleaned_data)

    def described(self, filtre: Filtre) -> list[str]:
        """The filter in a few words, the team apart."""
        said = []
        for name in filtre.chosen:
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                label = label_of(field, str(getattr(filtre, name)))
                said.append(f"{field.label} : {label}" if name in {"age", "legal", "qui"} else label)
            else:
                said.append(str(field.label))
        return said[1:] if filtre.service else said


def label_of(field: forms.ChoiceField, value: str) -> str:
    """The words of a choice, in a group or not."""
    for key, label in list(field.choices):  # type: ignore[arg-type]
        if isinstance(label, list | tuple):
            for inner, words in label:
                if str(inner) == value:
                    return str(words)
        elif str(key) == value:
            return str(label)
    return value


NAMES = tuple(FiltreForm.base_fields)


class NommerForm(forms.Form):
    """A name for what is shown."""

    nom = forms.CharField(
        label="Nom du filtre",
        max_length=40,
        validators=[no_nir],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Donnez un nom à ce filtre."},
    )
    par_defaut = forms.BooleanField(label="L’appliquer quand j’ouvre mes files", required=False)


def filtre_of(values: Mapping[str, Any], services: Sequence[Service]) -> Filtre:
    """What an address or a form asks for, limited to what this agent may choose."""
    return FiltreForm(values, services=services).filtre


def asks_for_a_filter(values: Mapping[str, Any]) -> bool:
    """Whether an address says what to show, be it everything."""
    return any(name in values for name in (*NAMES, "tout", "apres"))


def filtres_of(agent: Compte) -> Sequence[FiltreEnregistre]:
    """The agent's own, by name."""
    return list(FiltreEnregistre.objects.filter(agent=agent).order_by("nom", "pk")[:MAX_FILTRES])


def filtre_for(agent: Compte, pk: UUID) -> FiltreEnregistre:
    """One of the agent's own; raises `Http404`."""
    found = FiltreEnregistre.objects.filter(agent=agent, pk=pk).first()
    if found is None:
        raise Http404
    return found


def check_name(agent: Compte, nom: str, *, but: FiltreEnregistre | None = None) -> None:
    same = FiltreEnregistre.objects.filter(agent=agent, nom=nom)
    if (same.exclude(pk=but.pk) if but else same).exists():
        raise Refusal(f"Vous avez déjà un filtre « {nom} ». Choisissez un autre nom.", code="filtre_meme_nom")


def locked_agent(agent: Compte) -> None:
    """One change of their filters at a time: two clicks at once keep one name and one default."""
    Compte.objects.select_for_update(no_key=True).get(pk=agent.pk)


@transaction.atomic
def keep_filter(filtre: Filtre, *, nom: str, is_default: bool, by: Compte) -> FiltreEnregistre:
    """Keep a filter under a name. Raises `Refusal` on a name that exists, or past a dozen."""
    locked_agent(by)
    same = FiltreEnregistre.objects.filter(agent=by, nom=nom, choix=filtre.chosen).first()
    if same is not None:
        return same  # a double click
    check_name(by, nom)
    if FiltreEnregistre.objects.filter(agent=by).count() >= MAX_FILTRES:
        raise Refusal(f"Vous avez déjà {MAX_FILTRES} filtres. Supprimez-en un d’abord.", code="trop_de_filtres")
    if is_default:
        FiltreEnregistre.objects.filter(agent=by).update(is_default=False)
    return FiltreEnregistre.objects.create(agent=by, nom=nom, choix=filtre.chosen, is_default=is_default)


@transaction.atomic
def rename_filter(kept: FiltreEnregistre, *, nom: str, is_default: bool, by: Compte) -> None:
    """Another name, or the one applied first. Raises `Refusal` on a name that exists."""
    locked_agent(by)
    check_name(by, nom, but=kept)
    if is_default:
        FiltreEnregistre.objects.filter(agent=by).exclude(pk=kept.pk).update(is_default=False)
    kept.nom, kept.is_default = nom, is_default
    kept.save(update_fields=["nom", "is_default"])


def delete_filter(kept: FiltreEnregistre, *, by: Compte) -> None:
    """Throw it away; what it showed stays where it is."""
    FiltreEnregistre.objects.filter(agent=by, pk=kept.pk).delete()
