"""The screen of a thread: read it, answer it, promise another day, ask for papers, close it, or write first."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enclos.agents import access, actions
from enclos.agents.correspondance import Correspondance, correspondance_for
from enclos.agents.decisions import FILES, Panneau, next_one, notes_of, papers_drawn
from enclos.agents.forms import Reoriente
from enclos.agents.histoire import histoire
from enclos.agents.messages_forms import Cloture, Ecrit, EnCours, Reponse
from enclos.agents.papiers_forms import Complete
from enclos.agents.views import papier_url, said_of
from enclos.caisses.access import services_of
from enclos.caisses.models import Usage
from enclos.coffre.tours import in_turn
from enclos.coffre.uploads import upload_view
from enclos.comptes.access import AgentRequest
from enclos.comptes.models import Compte
from enclos.comptes.roles import Acte, pour
from enclos.messagerie import actions as messagerie
from enclos.messagerie import brouillon
from enclos.messagerie.forms import words_of
from enclos.messagerie.models import Message
from enclos.messagerie.sujets import active_subjects, service_of
from enclos.socle.templatetags.socle import typo
from enclos.suivi import access as suivi_access
from enclos.suivi import actions as suivi

PANNEAUX = (
    Panneau(
        slug="en-cours",
        bouton="En cours",
        touche="j",
        titre="Promettre une autre date",
        aide="L’adhérent est prévenu de la date et lit votre mot. Vous gardez ce message.",
        ton="",
    ),
    Panneau(
        slug="completer",
        bouton="Demander des papiers",
        touche="c",
        titre="Demander des papiers",
        aide="La liste, la date et votre mot s’affichent dans l’espace de l’adhérent, qui reçoit un courriel.",
        ton="",
        asks_papers=True,
    ),
    Panneau(
        slug="reorienter",
        bouton="Réorienter",
        touche="o",
        titre="Envoyer ce message à un autre service",
        aide="La date de réception et la réponse promise ne changent pas.",
        ton="",
    ),
    Panneau(
        slug="clore",
        bouton="Clore",
        touche="x",
        titre="Clore sans répondre",
        aide="Seulement si aucune réponse n’est attendue : un merci, un doublon, un message déjà traité. L’adhérent peut rouvrir pendant 30 jours.",
    ),
)
REPONDRE = Usage.REPONDRE.value
SLUGS = {panneau.slug for panneau in PANNEAUX}


def forms_for(corr: Correspondance, *, slug: str = "", data: object = None) -> dict[str, forms.Form]:
    """Every form of the panel; the one of `slug` filled with what was posted."""

    def given(name: str) -> dict[str, object]:
        return {"data": data if name == slug else None, "prefix": name}

    return {
        "en-cours": EnCours(**given("en-cours")),
        "completer": Complete(personnes=corr.personnes, papiers=papers_drawn(slug), **given("completer")),  # type: ignore[arg-type]
        "reorienter": Reoriente(services=suivi_access.other_services_of(corr.affaire), **given("reorienter")),
        "clore": Cloture(**given("clore")),  # type: ignore[arg-type]
    }


@dataclass(frozen=True)
class Saisie:
    """What was just sent with a fault, or is being filled in."""

    reponse: Reponse | None = None
    panel: dict[str, forms.Form] | None = None
    ouvert: str = ""
    notes: dict[str, forms.Form] | None = None
    is_crossed: bool = False  # the member wrote meanwhile: nothing left, and what is new is shown as such


def screen(request: AgentRequest, corr: Correspondance, saisie: Saisie, *, status: int = 200) -> HttpResponse:
    """Draw the thread beside what can be done, and the member's context."""
    agent, affaire = request.agent, corr.affaire
    if request.method != "HEAD":
        actions.thread_opened(affaire, corr.fil, by=agent)  # here, for a form that comes back with a fault too
    source = request.POST if request.method == "POST" else request.GET
    is_mine = affaire.is_held_by(agent)
    panel = (saisie.panel or forms_for(corr, slug=saisie.ouvert)) if is_mine else {}
    modeles = access.filled_modeles(agent, affaire, [REPONDRE])[REPONDRE] if is_mine else ()
    contexte = access.contexte_of(affaire, agent, corr.personnes, fragile=corr.is_fragile)
    last = corr.last_of_member
    newer = corr.newer_than(shown_last(request)) if saisie.is_crossed else ()
    words = corr.draft.texte if corr.draft else ""
    return render(
        request,
        "agents/message.html",
        {
            "corr": corr,
            "fil": corr.fil,
            "affaire": affaire,
            "jeton": access.sheets_token(corr, agent),
            "contexte": contexte,
            "vu": last.pk if last else "",
            "lignes": [(message, pieces, message in newer) for message, pieces in corr.lignes()],
            "nouveaux": newer,
            "is_mine": is_mine,
            "can_take": affaire.can_be_taken_by(agent),
            "can_fetch_original": access.can_fetch_original(corr, agent),
            "reponse": (saisie.reponse or Reponse(initial={"texte": words})) if is_mine else None,
            "formulaires": panel,
            "panneaux": [(panneau, panel[panneau.slug]) for panneau in PANNEAUX] if panel else [],
            "ouvert": saisie.ouvert if is_mine else "",
            "modeles": modeles,
            "textes": {str(modele.pk): texte for modele, texte in modeles},
            **notes_of(agent, contexte, saisie.notes),
            "histoire": histoire(access.history_of(affaire)),
            "service": source.get("service", "")[:20],
            "file": source.get("file", "")[:300],
            "ensuite": FILES if source.get("ensuite") == FILES else "",
            **said_of(request),
        },
        status=status,
    )


def shown_last(request: AgentRequest) -> UUID | None:
    """The member's last message on the page that a form came from."""
    try:
        return UUID(request.POST.get("vu", ""))
    except ValueError:
        return None


@require_safe
@pour(Acte.TRAITER)
def message(request: AgentRequest, pk: UUID) -> HttpResponse:
    """The thread at once. Shown, it is read: the member sees by whom and when."""
    corr = correspondance_for(request.agent, pk)
    slug = request.GET.get("decision", "")
    return screen(request, corr, Saisie(ouvert=slug if slug in SLUGS else ""))


@pour(Acte.TRAITER)
@upload_view
@require_http_methods(["GET", "POST"])
def repondre(request: AgentRequest, pk: UUID) -> HttpResponseBase:
    """« Répondre », or « Joindre » to add files first. What is written is kept whatever happens to it."""
    agent = request.agent
    corr = correspondance_for(agent, pk)
    if request.method == "GET":  # « Précédent », or a session that ended before the form was sent
        return HttpResponseRedirect(papier_url(corr.affaire))
    action = request.POST.get("action")
    wants_to_send = action not in {"joindre", "utiliser", "enregistrer"}
    if not (wants_to_send and corr.affaire.is_ended):
        suivi.check_held(corr.affaire, agent)  # nobody uploads what cannot be sent
        form = Reponse(with_ready_answer(request, corr) if action == "utiliser" else request.POST, request.FILES)
        draft = brouillon.start_in(corr.fil, auteur=Message.Auteur.AGENT, by=agent)
        draft.fil = corr.fil
        is_written = form.is_valid()
        words = form.cleaned_data["texte"] if is_written else words_of(request.POST)
        if words:
            brouillon.write(draft, words, by=agent)
        uploads = form.cleaned_data.get("fichiers") or []
        with in_turn(request):
            outcome = brouillon.add_files(draft, uploads, check=actions.only_pdf_or_image, by=agent)
        for refusal in outcome.refused:
            form.add_error("fichiers", typo(refusal.phrase))
        is_lost = not is_written and bool(form.data.get("texte", "").strip())  # too long, or with a number: not kept
        if outcome.refused or is_lost or (wants_to_send and not is_written):
            return screen(request, correspondance_for(agent, pk), Saisie(reponse=form), status=422)
        if not wants_to_send:
            return HttpResponseRedirect(papier_url(corr.affaire) + "#repondre", status=303)
        try:
            messagerie.reply(corr.affaire, draft, vu=shown_last(request), by=agent)
        except messagerie.NewerMessage:
            return screen(request, correspondance_for(agent, pk), Saisie(is_crossed=True), status=409)
    elif corr.affaire.taken_by_id != agent.pk:
        suivi.check_held(corr.affaire, agent)
    return next_one(request, corr.affaire)


def with_ready_answer(request: AgentRequest, corr: Correspondance) -> QueryDict:
    """« Utiliser », without a script: what was posted, the ready answer under what was typed."""
    modeles = access.filled_modeles(request.agent, corr.affaire, [REPONDRE])
    posted = request.POST.copy()
    posted["texte"] = access.joined(
        posted.get("texte", ""), access.ready_text(modeles, REPONDRE, posted.get("modele", ""))
    )
    return posted


@require_POST
@pour(Acte.TRAITER)
def retirer_piece(request: AgentRequest, pk: UUID, piece: int) -> HttpResponse:
    """Take a file out of the answer being written."""
    corr = correspondance_for(request.agent, pk)
    found = [row for row in (corr.draft.pieces.all() if corr.draft else []) if row.pk == piece]
    if not found:
        raise Http404
    brouillon.remove_piece(found[0], by=request.agent)
    return HttpResponseRedirect(papier_url(corr.affaire) + "#repondre", status=303)


type Decision = Callable[[Correspondance, forms.Form, UUID | None, Compte], None]


def en_cours(corr: Correspondance, form: forms.Form, vu: UUID | None, by: Compte) -> None:
    messagerie.promise(
        corr.affaire, corr.fil, form.cleaned_data["mot"], due_on=form.cleaned_data["due_on"], vu=vu, by=by
    )


def completer(corr: Correspondance, form: forms.Form, vu: UUID | None, by: Compte) -> None:
    assert isinstance(form, Complete)
    actions.ask_papers_in_thread(
        corr.affaire,
        corr.fil,
        papiers=form.papiers,
        due_on=form.cleaned_data["due_on"],
        message=form.cleaned_data["message"],
        vu=vu,
        by=by,
    )


def reorienter(corr: Correspondance, form: forms.Form, vu: UUID | None, by: Compte) -> None:
    assert isinstance(form, Reoriente)
    suivi.redirect(corr.affaire, service=form.chosen, by=by)


def clore(corr: Correspondance, form: forms.Form, vu: UUID | None, by: Compte) -> None:
    messagerie.close_as_agent(corr.affaire, corr.fil, form.cleaned_data["mot"], vu=vu, by=by)


DECISIONS: dict[str, Decision] = {
    "en-cours": en_cours,
    "completer": completer,
    "reorienter": reorienter,
    "clore": clore,
}


@require_http_methods(["GET", "POST"])
@pour(Acte.TRAITER)
def decider(request: AgentRequest, pk: UUID, slug: str) -> HttpResponse:
    """Anything but an answer. The same form sent twice leads to the same place."""
    decide = DECISIONS.get(slug)
    if decide is None:
        raise Http404
    corr = correspondance_for(request.agent, pk)
    if request.method == "GET":  # « Précédent » to a form that came back with errors
        return HttpResponseRedirect(papier_url(corr.affaire, decision=slug))
    panel = forms_for(corr, slug=slug, data=request.POST)
    form = panel[slug]
    if not form.is_valid():
        suivi.check_held(corr.affaire, request.agent)
        return screen(request, corr, Saisie(panel=panel, ouvert=slug), status=422)
    try:
        decide(corr, form, shown_last(request), request.agent)
    except messagerie.NewerMessage:
        found = correspondance_for(request.agent, pk)
        return screen(request, found, Saisie(panel=panel, ouvert=slug, is_crossed=True), status=409)
    if slug == "en-cours":
        return HttpResponseRedirect(papier_url(corr.affaire), status=303)
    return next_one(request, corr.affaire)


@require_http_methods(["GET", "HEAD", "POST"])
@pour(Acte.TRAITER)
def ecrire(request: AgentRequest, pk: UUID) -> HttpResponse:
    """« Écrire à cette personne »: a thread that the fund opens, from any item of the person."""
    affaire = suivi_access.affaire_for(request.agent, pk)
    form = Ecrit(request.POST if request.method == "POST" else None, sujets=active_subjects())
    if request.method == "POST" and form.is_valid():
        services = services_of(affaire.caisse_id)
        mine = {service.code for service in suivi_access.services_of(request.agent)}
        # The answer comes back to whoever wrote, when they treat this subject or hold this item.
        service = service_of(form.chosen, services) if form.chosen.service_code in mine else affaire.service
        messagerie.write_first(
            affaire.personne,
            form.chosen,
            service,
            form.cleaned_data["texte"],
            cle=form.cleaned_data["cle"],
            by=request.agent,
        )
        return HttpResponseRedirect(papier_url(affaire), status=303)
    return render(
        request,
        "agents/ecrire.html",
        {"personne": affaire.personne, "form": form, "retour": papier_url(affaire), "retour_mot": affaire.libelle},
        status=422 if form.is_bound else 200,
    )
