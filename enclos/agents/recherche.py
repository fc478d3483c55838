"""« Rechercher »: one box over the persons and the items of the fund. What is typed stays in the body of the request.

A social-security number needs a reason and counts in the day's quota; the journal keeps by what means one looked, how many were
found and why, never what was typed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from enclos.agents import quotas
from enclos.agents.models import Lecture
from enclos.caisses.access import nomenclatures
from enclos.comptes import compteurs
from enclos.comptes.access import AgentRequest
from enclos.comptes.actions import TooManyTries
from enclos.comptes.compteurs import Rule
from enclos.comptes.models import Compte
from enclos.comptes.roles import Acte, peut, pour
from enclos.journal.actions import record
from enclos.journal.references import DIGITS, LETTERS
from enclos.journal.references import normalise as reference_of
from enclos.messagerie.sujets import active_subjects
from enclos.registre.models import Personne
from enclos.registre.rapprochement import words_of
from enclos.registre.recherche import SHOWN, people_named
from enclos.socle import nir, sealed
from enclos.socle.templatetags.socle import pluriel
from enclos.suivi.access import called, for_list
from enclos.suivi.models import Affaire

REFERENCE = re.compile(rf"(?:[{LETTERS}]{{2}}[{DIGITS}]-){{2}}[{LETTERS}]{{2}}[{DIGITS}]")
LOOKS_LIKE_A_NIR = re.compile(r"\s*\d(?:[\s.\-]*[0-9AB]){12}(?:[\s.\-]*\d{2})?\s*", re.IGNORECASE)
ITEMS_SHOWN = 15
NATURES_READ = 12  # of what was typed; whoever types « demande » says more
SINCE = timedelta(days=365)  # what is found by its name, once ended or in another team
# Far above what a counter does in an hour: a program that goes through the registry is stopped.
SEARCHES = Rule(timedelta(hours=1), free=400, waits=(timedelta(hours=1),), most=400)


class Recherche(forms.Form):
    """One box, and why when it holds a social-security number."""

    RAISONS = (
        ("appel", "La personne appelle"),
        ("accueil", "La personne est à l’accueil"),
        ("papier", "Un papier ou un courrier porte ce numéro"),
        ("doublon", "Vérifier un doublon ou une erreur d’identité"),
    )

    quoi = forms.CharField(
        label="Rechercher",
        help_text="Un nom, un prénom, une date de naissance, un numéro de sécurité sociale, un numéro d’adhérent, ou la référence d’un envoi.",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
        error_messages={"required": "Tapez ce que vous cherchez."},
    )
    raison = forms.ChoiceField(
        label="Pourquoi cherchez-vous par ce numéro ?",
        help_text="Demandé seulement pour un numéro de sécurité sociale.",
        choices=[("", "Choisir"), *RAISONS],
        required=False,
    )

    @property
    def numero(self) -> str:
        """The 13 signs when a number was typed, else ""."""
        typed = self.cleaned_data.get("quoi", "")
        try:
            return nir.normalise(typed)
        except nir.NirError:
            return ""

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        typed = str(data.get("quoi", ""))
        if LOOKS_LIKE_A_NIR.fullmatch(typed):
            try:
                nir.normalise(typed)
            except nir.NirError as error:
                self.add_error("quoi", error.phrase)
            else:
                if not data.get("raison"):
                    self.add_error(
                        "raison", "Choisissez pourquoi vous cherchez par ce numéro : c’est gardé dans le journal."
                    )
        return data


@dataclass
class Resultats:
    """What was found, and by what means."""

    par: str
    personnes: Sequence[Personne] = ()
    affaires: Sequence[Affaire] = ()
    miens: frozenset[int] = field(default_factory=frozenset)  # teams whose items this agent opens
    looked_at_items: bool = True  # by their names; their references, everybody who searches does

    @property
    def titre(self) -> str:
        """How much was found: « 2 personnes, 1 message »."""
        documents = sum(affaire.is_document for affaire in self.affaires)
        counts = (
            (len(self.personnes), "personne"),
            (documents, "document"),
            (len(self.affaires) - documents, "message"),
        )
        return ", ".join(pluriel(count, word) for count, word in counts if count) or "Rien n’est trouvé"

    @property
    def portee(self) -> str:
        """Where one looked, so that « rien » says what it means."""
        if self.par == "numero":
            return "Cherché parmi les personnes de votre caisse."
        if not self.looked_at_items:
            return "Cherché parmi les personnes de votre caisse et les références des envois et des messages."
        return (
            "Cherché dans votre caisse : les personnes, les références, et par leur nom les documents et les messages reçus depuis un an, "
            "terminés ou non, de toutes les équipes ; ceux qui attendent dans les vôtres, quelle que soit leur date."
        )

    @property
    def is_empty(self) -> bool:
        return not self.personnes and not self.affaires

    @property
    def is_full(self) -> bool:
        return len(self.personnes) == SHOWN

    @property
    def is_full_of_items(self) -> bool:
        return len(self.affaires) == ITEMS_SHOWN


def search(agent: Compte, form: Recherche) -> Resultats:
    """Look for it in the agent's fund alone. Raises `QuotaReached` for one number too many, `TooManyTries` for a machine."""
    verdict = compteurs.count_try(f"recherche:{agent.pk}", SEARCHES)
    if not verdict.is_allowed:
        raise TooManyTries(verdict, about="de recherche")
    typed = form.cleaned_data["quoi"].strip()
    if form.numero:
        quotas.count(agent, Lecture.NUMERO)
        found = by_number(agent, form.numero)
    else:
        found = by_words(agent, typed)
    if peut(agent, Acte.TRAITER):
        found.miens = frozenset(agent.services.filter(caisse=agent.caisse_id).values_list("pk", flat=True))
    record(
        "agents.recherche.made",
        by=agent,
        par=found.par,
        personnes=len(found.personnes),
        affaires=len(found.affaires),
        raison=form.cleaned_data["raison"] if form.numero else "",
    )
    return found


def by_number(agent: Compte, nir13: str) -> Resultats:
    """Who bears a social-security or waiting number, found by its blind index."""
    index = sealed.blind_index(nir13)
    people = Personne.objects.filter(Q(nir_index=index) | Q(nia_index=index), caisse=agent.caisse_id, closed_at=None)
    return Resultats("numero", list(people.order_by("ref")[:SHOWN]))


def by_words(agent: Compte, typed: str) -> Resultats:
    """A reference when it has the shape of one and leads somewhere, else a name; and the kinds of documents it may name."""
    of_fund = Affaire.objects.filter(caisse=agent.caisse_id)
    if REFERENCE.fullmatch(reference_of(typed)):
        items = list(
            for_list(of_fund.filter(reference=reference_of(typed))).order_by("received_at", "id")[:ITEMS_SHOWN]
        )
        if items:
            people = Personne.objects.filter(pk__in={item.personne_id for item in items}, caisse=agent.caisse_id)
            return Resultats("envoi", list(people.order_by("ref")), items)
    if one := Personne.objects.filter(ref=typed, caisse=agent.caisse_id).first():
        return Resultats("adherent", [one])
    nearest = people_named(agent.caisse_id, typed)
    may_look = peut(agent, Acte.TRAITER)
    return Resultats("nom", nearest, items_called(agent, typed) if may_look else [], looked_at_items=may_look)


def items_called(agent: Compte, typed: str) -> Sequence[Affaire]:
    """What is called so: « bail », « avis d’impot », « facture » for a message; of the agent's teams first, then of all the fund."""
    natures = natures_called(typed)
    return called(agent, natures, since=timezone.now() - SINCE, count=ITEMS_SHOWN) if natures else []


def natures_called(typed: str) -> list[str]:
    """The codes of the natures of documents, then of the subjects of messages, whose words hold every word typed, short ones apart."""
    wanted = [word.removesuffix("s") for word in words_of(typed) if len(word) > 2]
    if not wanted:
        return []
    named = [(nature.code, f"{nature.libelle} {nature.mots}") for nature in nomenclatures().natures.values()]
    named += [(sujet.code, f"{sujet.libelle} {sujet.domaine}") for sujet in active_subjects()]
    found = []
    for code, words in named:
        known = {word.removesuffix("s") for word in words_of(words)}
        if all(any(word == one or (len(word) >= 4 and one.startswith(word)) for one in known) for word in wanted):
            found.append(code)
    return found[:NATURES_READ]


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@pour(Acte.RECHERCHER)
def recherche(request: AgentRequest) -> HttpResponse:
    """The box, then what was found under it."""
    form = Recherche(request.POST if request.method == "POST" else None)
    found = search(request.agent, form) if form.is_bound and form.is_valid() else None
    return render(
        request,
        "agents/recherche.html",
        {
            "form": form,
            "trouves": found,
            "asks_reason": form.is_bound and (bool(form.errors.get("raison")) or bool(form.data.get("raison"))),
        },
        status=422 if form.is_bound and form.errors else 200,
    )
