"""The screen of one document: read it, then decide, each decision a form that works without JavaScript."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enclos.agents import access, actions
from enclos.agents.access import Contexte, Papier
from enclos.agents.forms import Barre, Medical, NoteInterne, Refuse, Renvoi, Reoriente, Traite
from enclos.agents.histoire import histoire
from enclos.agents.papiers_forms import MAX_PAPIERS, Complete
from enclos.agents.views import file_of, file_params, files_url, papier_url, said_of
from enclos.comptes.access import AgentRequest
from enclos.comptes.models import Compte
from enclos.comptes.roles import Acte, peut, pour
from enclos.suivi import access as suivi_access
from enclos.suivi import actions as suivi
from enclos.suivi import second_regard
from enclos.suivi.models import Affaire, Note, Refus

# Where one goes after a decision: the next document, or back to the queues.
FILES = "files"


@dataclass(frozen=True)
class Panneau:
    """A decision that asks something more, in its own fold of the panel."""

    slug: str
    bouton: str
    touche: str
    titre: str
    aide: str = ""
    alarme: str = ""  # shown before what nobody takes back
    ton: str = "second"  # of the button that ends it
    asks_papers: bool = False
    mot: str = ""  # the field of the word to the member, which a ready answer fills


PANNEAUX = (
    Panneau(
        slug="completer",
        bouton="À compléter",
        touche="c",
        titre="Demander les papiers qui manquent",
        aide="La liste, la date et votre mot s’affichent dans l’espace de l’adhérent, qui reçoit un courriel.",
        ton="",
        asks_papers=True,
        mot="message",
    ),
    Panneau(slug="refuser", bouton="Refusé", touche="r", titre="Refuser ce document", ton="danger", mot="reponse"),
    Panneau(
        slug="reorienter",
        bouton="Réorienter",
        touche="o",
        titre="Envoyer ce document à un autre service",
        aide="La date de réception et la réponse promise ne changent pas.",
        ton="",
    ),
    Panneau(
        slug="signaler-medical",
        bouton="Signaler médical",
        touche="m",
        titre="Retirer un document médical",
        alarme=(
            "Le document ne pourra plus être ouvert, ni par vous ni par un collègue. L’adhérent recevra l’adresse du service "
            "médical. Cette décision ne se reprend pas."
        ),
        ton="danger",
    ),
)


def papers_drawn(slug: str) -> int:
    """How many papers « À compléter » draws, when it is not what was posted: all where it is a page of its own, without a script."""
    return MAX_PAPIERS if slug == "completer" else 1


# The word to the member, by decision.
MOTS = {"traiter": "reponse", **{panneau.slug: panneau.mot for panneau in PANNEAUX if panneau.mot}}


def forms_for(
    papier: Papier, *, slug: str = "", data: object = None, typed: Mapping[str, object] | None = None
) -> dict[str, forms.Form]:
    """Every form of the panel; the one of `slug` filled with what was posted, or with what is only `typed` so far."""

    def given(name: str) -> dict[str, object]:
        initial = dict(typed or {}) if name == slug else {}
        return {"data": data if name == slug else None, "prefix": name, "initial": initial}

    return {
        "traiter": Traite(pareils=papier.papiers_pareils, **given("traiter")),
        "completer": Complete(
            personnes=papier.personnes, document=papier.document, papiers=papers_drawn(slug), **given("completer")
        ),
        "refuser": Refuse(**given("refuser")),  # type: ignore[arg-type]
        "reorienter": Reoriente(services=suivi_access.other_services_of(papier.affaire), **given("reorienter")),
        "signaler-medical": Medical(**given("signaler-medical")),  # type: ignore[arg-type]
    }


def screen(
    request: AgentRequest,
    papier: Papier,
    panel: dict[str, forms.Form] | None,
    *,
    ouvert: str = "",
    notes: dict[str, forms.Form] | None = None,
    renvoi: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    """Draw the document, its panel and its context; `ouvert` is the decision being filled in, `notes` the forms sent with a fault."""
    agent, affaire = request.agent, papier.affaire
    if request.method != "HEAD":
        actions.opened(papier, by=agent)  # here, so that a form that comes back with a fault shows nothing unwritten
    source = request.POST if request.method == "POST" else request.GET
    is_mine = affaire.is_held_by(agent)
    contexte = access.contexte_of(affaire, agent, papier.personnes, demandes=papier.demandes)
    modeles = access.filled_modeles(agent, affaire, MOTS) if is_mine else {}
    return render(
        request,
        "agents/document.html",
        {
            "papier": papier,
            "affaire": affaire,
            "document": papier.document,
            "jeton": access.sheets_token(papier, agent),
            "contexte": contexte,
            "is_mine": is_mine,
            "can_take": affaire.can_be_taken_by(agent),
            "can_reopen": affaire.can_be_reopened_by(agent),
            "can_look": affaire.can_be_looked_at_by(agent) and peut(agent, *access.LOOKING),
            "can_withdraw": affaire.awaits_look and affaire.taken_by_id == agent.pk,
            "regard": second_regard.last_look(affaire) if suivi.needs_second_look(affaire) else None,
            "renvoi": renvoi or Renvoi(),
            "can_fetch_original": access.can_fetch_original(papier, agent),
            "formulaires": panel or {},
            "panneaux": [(panneau, panel[panneau.slug], modeles.get(panneau.slug, ())) for panneau in PANNEAUX]
            if panel
            else [],
            "ouvert": ouvert if is_mine else "",
            "modeles": modeles.get("traiter", ()),
            "textes": {str(modele.pk): texte for offered in modeles.values() for modele, texte in offered},
            **notes_of(agent, contexte, notes, *([renvoi] if renvoi else [])),
            "histoire": histoire(access.history_of(affaire)),
            "service": source.get("service", "")[:20],
            "file": source.get("file", "")[:300],
            "ensuite": FILES if source.get("ensuite") == FILES else "",
            **said_of(request),
        },
        status=status,
    )


def notes_of(
    agent: Compte, contexte: Contexte, sent: dict[str, forms.Form] | None, *others: forms.Form
) -> dict[str, object]:
    """The internal notes, as both screens show them; `sent`, and `others`, are the forms that came back with a fault."""
    sent = sent or {}
    return {
        "notes": [(note, note.can_be_deleted_by(agent), form_to_strike(agent, note, sent)) for note in contexte.notes],
        "note": sent.get(NOUVELLE) or NoteInterne(prefix=NOUVELLE),
        "fautifs": [*sent.values(), *others],
    }


NOUVELLE = "note"  # the prefix of the form of a new note; that of a form to strike one is its key


def form_to_strike(agent: Compte, note: Note, sent: dict[str, forms.Form]) -> forms.Form | None:
    """For who supervises, and a note that still stands."""
    if note.is_struck or not peut(agent, Acte.SUPERVISER):
        return None
    return sent.get(str(note.pk)) or Barre(prefix=str(note.pk))


@require_safe
@pour(Acte.TRAITER)
def document(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The document at once, beside what can be decided."""
    try:
        papier = access.papier_for(request.agent, pk)
    except Http404:
        # An item of another kind has its own screen; a stranger gets 404 again.
        affaire = suivi_access.affaire_for(request.agent, pk)
        if affaire.is_document:
            raise
        return HttpResponseRedirect(papier_url(affaire))
    return drawn(request, papier)


def drawn(
    request: AgentRequest,
    papier: Papier,
    *,
    notes: dict[str, forms.Form] | None = None,
    renvoi: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    """The screen, nothing of a decision being sent."""
    panel, ouvert = panel_of(request, papier)
    return screen(request, papier, panel, ouvert=ouvert, notes=notes, renvoi=renvoi, status=status)


def panel_of(request: AgentRequest, papier: Papier) -> tuple[dict[str, forms.Form] | None, str]:
    """The forms of who holds the document, and the decision that the address opens, if any."""
    if not papier.affaire.is_held_by(request.agent):
        return None, ""
    asked = request.GET.get("decision", "")
    ouvert = asked if asked in {panneau.slug for panneau in PANNEAUX} else ""
    return forms_for(papier, slug=ouvert), ouvert


def with_ready_answer(request: AgentRequest, papier: Papier, slug: str) -> HttpResponse:
    """« Utiliser », without a script: the form comes back as it was typed, the ready answer in its word to the member."""
    suivi.check_held(papier.affaire, request.agent)
    typed: dict[str, object] = {
        name.removeprefix(f"{slug}-"): said for name, said in request.POST.items() if name.startswith(f"{slug}-")
    }
    typed["papiers"] = request.POST.getlist(f"{slug}-papiers")  # boxes: what is not ticked says nothing
    if slug in MOTS:
        modeles = access.filled_modeles(request.agent, papier.affaire, [slug])
        ready = access.ready_text(modeles, slug, request.POST.get("modele", ""))
        typed[MOTS[slug]] = access.joined(str(typed.get(MOTS[slug], "")), ready)
    return screen(request, papier, forms_for(papier, slug=slug, typed=typed), ouvert=opened_by(slug))


def opened_by(slug: str) -> str:
    """« Traité » has no panel of its own: its word is folded under it."""
    return "" if slug == "traiter" else slug


def traiter(papier: Papier, form: forms.Form, by: Compte) -> None:
    assert isinstance(form, Traite)
    actions.settle(papier, reponse=form.cleaned_data["reponse"], demande=form.papier, by=by)


def refuser(papier: Papier, form: forms.Form, by: Compte) -> None:
    actions.refuse(papier, refus=Refus(form.cleaned_data["refus"]), reponse=form.cleaned_data["reponse"], by=by)


def completer(papier: Papier, form: forms.Form, by: Compte) -> None:
    assert isinstance(form, Complete)
    actions.ask_more(
        papier, papiers=form.papiers, due_on=form.cleaned_data["due_on"], message=form.cleaned_data["message"], by=by
    )


def reorienter(papier: Papier, form: forms.Form, by: Compte) -> None:
    assert isinstance(form, Reoriente)
    suivi.redirect(papier.affaire, service=form.chosen, by=by)


def signaler_medical(papier: Papier, form: forms.Form, by: Compte) -> None:
    actions.flag_medical(papier, by=by)


DECISIONS: dict[str, Callable[[Papier, forms.Form, Compte], None]] = {
    "traiter": traiter,
    "completer": completer,
    "refuser": refuser,
    "reorienter": reorienter,
    "signaler-medical": signaler_medical,
}


@require_http_methods(["GET", "POST"])
@pour(Acte.TRAITER)
def decider(request: AgentRequest, pk: UUID, slug: str) -> HttpResponse:
    """Take a decision, then open the next document. The same form sent twice leads to the same place."""
    decide = DECISIONS.get(slug)
    if decide is None:
        raise Http404
    agent = request.agent
    if request.method == "GET":  # « Précédent » to a form that came back with errors
        return HttpResponseRedirect(papier_url(access.papier_for(agent, pk).affaire, decision=slug))
    papier = access.papier_for(agent, pk)
    if "utiliser" in request.POST:
        return with_ready_answer(request, papier, slug)
    panel = forms_for(papier, slug=slug, data=request.POST)
    form = panel[slug]
    if not form.is_valid():
        suivi.check_held(papier.affaire, agent)  # nobody fills in again what cannot be decided any more
        return screen(request, papier, panel, ouvert=opened_by(slug), status=422)
    decide(papier, form, agent)
    return next_one(request, papier.affaire)


def next_one(request: AgentRequest, decided: Affaire) -> HttpResponse:
    """What opens after a decision: the next document of the same queue, unless the agent wants her queues back."""
    agent = request.agent
    services = suivi_access.services_of(agent)
    filtre = file_of(request.POST.get("service", ""), request.POST.get("file", ""), services)
    decided.refresh_from_db(fields=["ended_at", "service_since", "awaits_look"])
    said = {"fait": str(decided.pk) if decided.ended_at else "second-regard" if decided.awaits_look else "reoriente"}
    if request.POST.get("ensuite") == FILES:
        return HttpResponseRedirect(files_url(**filtre.chosen, **said), status=303)
    look = second_regard.last_look(decided) if decided.awaits_look else None
    since: datetime = decided.ended_at or (look.asked_at if look else decided.service_since)
    service = access.service_named(services, filtre.service)
    # Redirected to another of her own teams, it is there for a colleague: it does not come back at once.
    among = filtre.takeable(access.takeable(), agent).exclude(pk=decided.pk)
    following = suivi.take_next(agent, service=service, among=among, asked_at=since)
    if following is None:
        return HttpResponseRedirect(files_url(**filtre.chosen, **said), status=303)
    return HttpResponseRedirect(papier_url(following, **file_params(filtre), **said), status=303)


@require_POST
@pour(Acte.TRAITER)
def prendre(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Take this one, out of turn."""
    affaire = suivi.take(suivi_access.affaire_for(request.agent, pk), by=request.agent)
    return HttpResponseRedirect(papier_url(affaire), status=303)


@require_POST
@pour(Acte.TRAITER)
def rendre(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Put it back in the queue."""
    suivi.release(suivi_access.affaire_for(request.agent, pk), by=request.agent)
    return HttpResponseRedirect(files_url(service=request.POST.get("service", "")), status=303)


@require_POST
@pour(Acte.TRAITER)
def rouvrir(request: AgentRequest, pk: UUID) -> HttpResponse:
    """Take back the decision."""
    affaire = suivi.reopen(suivi_access.affaire_for(request.agent, pk), by=request.agent)
    return HttpResponseRedirect(papier_url(affaire), status=303)
