"""Papers asked, on the agents' side: the same list as the member's, what can be done with it, and papers that come by the post."""

from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from enclos.agents import access, actions, papiers_access
from enclos.agents.papiers_forms import Explique, Prolonge, RecuParLaPoste, ReferenceForm
from enclos.comptes.access import AgentRequest
from enclos.comptes.models import Compte
from enclos.comptes.roles import Acte, pour
from enclos.envois import demandes
from enclos.envois.access import paper_of
from enclos.envois.models import DemandePapiers, PapierDemande
from enclos.envois.reponses import receive_by_post
from enclos.socle.refusals import Refusal
from enclos.suivi import actions as suivi
from enclos.suivi.models import Refus

FAIT = {
    "demander": "La liste est partie. L’adhérent est prévenu, et par la poste aussi s’il ne lit pas le portail.",
    "accepter": "Le papier est accepté.",
    "refaire": "Le papier est redemandé. L’adhérent lit pourquoi.",
    "retirer": "Le papier n’est plus demandé. L’adhérent est prévenu.",
    "expliquer": "Votre réponse est envoyée.",
    "prolonger": "La date est changée. L’adhérent est prévenu.",
    "proposer": "Le document est proposé à l’adhérent.",
    "traiter": "La liste est traitée.",
    "poste": "Les papiers cochés sont reçus. L’adhérent est prévenu.",
}


def demande_url(demande: DemandePapiers, fait: str = "") -> str:
    return reverse("agents:demande", args=[demande.reference]) + (f"?fait={fait}" if fait else "")


@pour(Acte.TRAITER)
@require_GET
def item(request: AgentRequest, pk: UUID) -> HttpResponseBase:
    """An item about a list of papers: the list itself is its screen."""
    return HttpResponseRedirect(demande_url(papiers_access.demande_of_item(request.agent, pk)))


@pour(Acte.TRAITER)
@require_GET
def demande(request: AgentRequest, demande: str) -> HttpResponse:
    """The list, with what the agent can do with each paper."""
    row = papiers_access.demande_for(request.agent, demande)
    return demande_page(request, row, fait=FAIT.get(request.GET.get("fait", ""), ""))


def demande_page(
    request: AgentRequest,
    row: DemandePapiers,
    *,
    fait: str = "",
    prolonge: Prolonge | None = None,
    refus: str = "",
    status: int = 200,
) -> HttpResponse:
    actions.demande_opened(row, by=request.agent)
    relance = row.relance
    return render(
        request,
        "agents/demande.html",
        {
            "demande": row,
            "relance": relance if relance is not None and not relance.is_ended else None,
            "is_mine": relance is not None and relance.is_held_by(request.agent),
            "prolonge": prolonge or Prolonge(initial={"due_on": row.next_on}),
            "propositions": papiers_access.proposable_to(row) if row.is_open else [],
            "fait": fait,
            "refus": refus,
        },
        status=status,
    )


def accepter(papier: PapierDemande, mot: str, *, by: Compte) -> None:
    """Settle the document that answers it, taking it first."""
    document = papier.dernier
    if papier.etat == PapierDemande.Etat.ACCEPTE:
        return  # a double click
    if document is None or document.affaire is None or papier.etat != PapierDemande.Etat.ENVOYE:
        raise Refusal("Ce papier n’attend pas de réponse.", code="papier_sans_document")
    with transaction.atomic():
        suivi.take(document.affaire, by=by)
        actions.settle(access.papier_for(by, document.affaire.pk), reponse=mot, by=by)


def refaire(papier: PapierDemande, mot: str, *, by: Compte) -> None:
    """Ask for it again: the document that answers it is refused when nobody has decided yet."""
    document = papier.dernier
    if document is None or document.affaire is None or papier.etat != PapierDemande.Etat.ENVOYE:
        demandes.ask_again(papier, mot, by=by)
        return
    with transaction.atomic():
        suivi.take(document.affaire, by=by)
        actions.refuse(access.papier_for(by, document.affaire.pk), refus=Refus.AUTRE, reponse=mot, by=by)


def retirer(papier: PapierDemande, mot: str, *, by: Compte) -> None:
    demandes.drop(papier, by=by)


def expliquer(papier: PapierDemande, mot: str, *, by: Compte) -> None:
    demandes.insist(papier, mot, by=by)


def proposer(papier: PapierDemande, mot: str, *, by: Compte) -> None:
    """Point at a document that the fund holds already: the member only has to say yes."""
    demandes.propose(papier, papiers_access.proposable_one(papier.demande, mot), by=by)


GESTES: dict[str, Callable[..., None]] = {
    "accepter": accepter,
    "refaire": refaire,
    "retirer": retirer,
    "expliquer": expliquer,
    "proposer": proposer,
}
WANT_A_WORD = {"refaire", "expliquer", "proposer"}


@pour(Acte.TRAITER)
@require_POST
def geste(request: AgentRequest, demande: str, rang: int, geste: str) -> HttpResponseBase:
    """Do something with one paper; the same form sent twice changes nothing more."""
    row = papiers_access.demande_for(request.agent, demande)
    papier, do = paper_of(row, rang), GESTES.get(geste)
    if do is None:
        raise Http404
    form = Explique(request.POST)
    form.fields["mot"].required = geste in WANT_A_WORD
    if not form.is_valid():
        return demande_page(request, row, refus=str(form.errors["mot"][0]), status=422)
    do(papier, form.cleaned_data["mot"], by=request.agent)
    return HttpResponseRedirect(f"{demande_url(row, geste)}#papier-{rang}", status=303)


@pour(Acte.TRAITER)
@require_POST
def prolonger(request: AgentRequest, demande: str) -> HttpResponseBase:
    """Another date, told to the member."""
    row, form = papiers_access.demande_for(request.agent, demande), Prolonge(request.POST)
    if not form.is_valid():
        return demande_page(request, row, prolonge=form, status=422)
    demandes.prolong(row, form.cleaned_data["due_on"], by=request.agent)
    return HttpResponseRedirect(demande_url(row, "prolonger"), status=303)


@pour(Acte.TRAITER)
@require_POST
def traiter(request: AgentRequest, demande: str) -> HttpResponseBase:
    """The list came back to the agents: it is dealt with. Taken first when nobody has it."""
    row = papiers_access.demande_for(request.agent, demande)
    if row.relance is None:
        raise Http404
    if row.mots_a_lire:
        raise Refusal(
            f"L’adhérent attend une réponse à son mot sur « {row.mots_a_lire[0].libelle} » : répondez-lui, ou ne demandez plus ce papier. "
            "Ensuite, dites que c’est traité.",
            code="mot_sans_reponse",
        )
    with transaction.atomic():
        if not row.relance.is_ended:
            suivi.take(row.relance, by=request.agent)
        suivi.settle(row.relance, by=request.agent)
    return HttpResponseRedirect(demande_url(row, "traiter"), status=303)


@pour(Acte.TRAITER)
@require_http_methods(["GET", "POST"])
def recus(request: AgentRequest) -> HttpResponseBase:
    """« Papiers reçus par la poste »: the reference of the sheet, then the numbers that came with it."""
    typed = request.GET.get("reference", "")
    form = ReferenceForm(request.GET if "reference" in request.GET else None)
    if not form.is_valid():
        return render(
            request,
            "agents/papiers_recus.html",
            {"form": form, "choix": None, "demande": None, "fait": ""},
            status=422 if form.is_bound else 200,
        )
    row = papiers_access.demande_of_fund(request.agent, typed)
    if row is None:
        form.add_error("reference", "Aucune demande de papiers ne porte cette référence. Relisez-la, signe par signe.")
        return render(
            request, "agents/papiers_recus.html", {"form": form, "choix": None, "demande": None, "fait": ""}, status=422
        )
    choix = RecuParLaPoste(request.POST or None, demande=row)
    if choix.is_valid():
        receive_by_post(
            row,
            choix.cleaned_data["rangs"],
            received_on=choix.cleaned_data["received_on"],
            opens_item=choix.cleaned_data["ouvre"],
            by=request.agent,
        )
        return HttpResponseRedirect(f"{reverse('agents:papiers_recus')}?reference={row.reference}&fait=1", status=303)
    actions.demande_opened(row, by=request.agent)
    context = {"form": form, "choix": choix, "demande": row, "fait": FAIT["poste"] if "fait" in request.GET else ""}
    return render(request, "agents/papiers_recus.html", context, status=422 if choix.is_bound else 200)
