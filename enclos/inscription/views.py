"""« S’inscrire »: seven steps, the same for somebody the fund knows and for anybody else. No page here asks the registry."""

from collections.abc import Callable
from functools import wraps

from django import forms as django_forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from enclos.caisses.access import default_caisse
from enclos.comptes.actions import VISITOR
from enclos.comptes.compteurs import TooManyTries
from enclos.inscription import access, actions, brouillon, forms, frein
from enclos.inscription.conditions import conditions_of
from enclos.inscription.models import Inscription, Reponses
from enclos.inscription.parcours import ETAPES, Lieu, before, is_reachable, onward
from enclos.registre.models import Profil
from enclos.registre.rapprochement import Question
from enclos.socle.refusals import Refusal

METHODS = ["GET", "HEAD", "POST"]

type Step = Callable[[HttpRequest, Inscription, Reponses], HttpResponseBase]
type View = Callable[[HttpRequest], HttpResponseBase]


def see_other(place: Lieu) -> HttpResponseRedirect:
    """303: what was posted is kept, the next page is read."""
    return HttpResponseRedirect(place.url, status=303)


def guarded(view: Callable[[HttpRequest], HttpResponseBase]) -> View:
    """A public page, whose answers are never shown in a report of error, and that says when to come back."""

    @login_not_required
    @require_http_methods(METHODS)
    @sensitive_post_parameters()
    @sensitive_variables()
    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponseBase:
        try:
            return view(request)
        except TooManyTries as refusal:
            response = render(request, "socle/refus.html", {"refus": refusal}, status=refusal.status)
            response.headers["Retry-After"] = str(refusal.retry_after)
            return response

    return answered


def step(place: Lieu) -> Callable[[Step], View]:
    """A page of the journey: without a registration one begins, and a page that is not reached yet leads to the one that is."""

    def decorate(view: Step) -> View:
        @guarded
        @wraps(view)
        def reached(request: HttpRequest) -> HttpResponseBase:
            inscription = access.draft_of(request)
            if inscription is None:
                return see_other(Lieu.PROFIL)
            told = inscription.reponses()
            if not is_reachable(place, inscription, told):
                return see_other(onward(inscription, told))
            return view(request, inscription, told)

        return reached

    return decorate


def page(
    request: HttpRequest,
    template: str,
    place: Lieu,
    inscription: Inscription | None,
    *,
    status: int = 200,
    **context: object,
) -> HttpResponse:
    """A step, with what each shows: its title, its number, the way back."""
    back = before(place, inscription) if inscription else None
    context |= {
        "inscription": inscription,
        "lieu": place.value,
        "etape": place.etape,
        "etapes": ETAPES,
        "titre": place.titre,
        "retour": back.url if back else "",
    }
    return render(request, f"inscription/{template}", context, status=status)


def bound[F: django_forms.Form](form: type[F], request: HttpRequest, initial: Reponses | None = None) -> F:
    return form(request.POST if request.method == "POST" else None, initial=initial)


def status_of(form: django_forms.Form) -> int:
    return 422 if form.is_bound else 200


@guarded
def profil(request: HttpRequest) -> HttpResponseBase:
    """Step 1. The registration begins with its answer."""
    inscription = access.draft_of(request)
    begun = inscription if inscription and not inscription.is_finished else None
    form = bound(forms.ProfilForm, request, {"profil": begun.profil} if begun else None)
    if form.is_valid():
        chosen = form.cleaned_data["profil"]
        if chosen == Profil.EMPLOYEUR:
            return HttpResponseRedirect(f"{reverse('inscription:par_telephone')}?profil=employeur", status=303)
        if begun is not None:
            brouillon.choose_profile(begun, chosen, by=VISITOR)
            return see_other(Lieu.IDENTIFIANT)
        frein.let(request, "commencee", frein.BEGUN)
        _, token = brouillon.begin(chosen, frein.digest_of(request), by=VISITOR)
        response = see_other(Lieu.IDENTIFIANT)
        access.give_cookie(response, token)
        return response
    return page(
        request,
        "profil.html",
        Lieu.PROFIL,
        None,
        status=status_of(form),
        form=form,
        begun=begun,
        reprise=onward(begun, begun.reponses()).url if begun else "",
        finie=inscription if inscription and inscription.is_finished else None,
    )


@step(Lieu.IDENTIFIANT)
def identifiant(request: HttpRequest, inscription: Inscription, told: Reponses) -> HttpResponseBase:
    """Step 2. The shape alone is judged."""
    form = bound(forms.Identifiant, request, {"identifiant": told.get("nir", "")})
    if form.is_valid():
        frein.let(request, "numero", frein.NUMBERS)
        brouillon.give_number(inscription, form.cleaned_data["identifiant"], by=VISITOR)
        return see_other(Lieu.DEJA)
    return page(request, "identifiant.html", Lieu.IDENTIFIANT, inscription, status=status_of(form), form=form)


@step(Lieu.DEJA)
def deja(request: HttpRequest, inscription: Inscription, told: Reponses) -> HttpResponseBase:
    """One screen for everybody: those who have an account sign in, the others go on (standards, D5)."""
    return page(request, "deja.html", Lieu.DEJA, inscription)


@step(Lieu.DOCUMENTS)
def documents(request: HttpRequest, inscription: Inscription, told: Reponses) -> HttpResponseBase:
    """Step 3. What to have at hand, by situation."""
    if inscription.profil == Profil.EXPLOITANT:
        if request.method == "POST":
            brouillon.declare(inscription, Question.FACTURE, by=VISITOR)
            return see_other(next_after(inscription))
        return page(request, "documents.html", Lieu.DOCUMENTS, inscription, form=None)
    form = bound(forms.Situation, request, {"situation": told.get("situation", "")})
    if form.is_valid():
        brouillon.declare(inscription, form.cleaned_data["situation"], by=VISITOR)
        return see_other(next_after(inscription))
    return page(request, "documents.html", Lieu.DOCUMENTS, inscription, status=status_of(form), form=form)


def next_after(inscription: Inscription) -> Lieu:
    """The first page that still wants something, once an answer was kept."""
    inscription.refresh_from_db()
    return onward(inscription, inscription.reponses())


@step(Lieu.COORDONNEES)
def coordonnees(request: HttpRequest, inscription: Inscription, told: Reponses) -> HttpResponseBase:
    """Step 4. Who one is, and where to be reached."""
    known = {**told.get("coordonnees", {}), "courriel": told.get("courriel", "")}
    form = bound(forms.Coordonnees, request, known if told.get("coordonnees") else None)
    if form.is_valid():
        brouillon.give_details(inscription, form.details(), by=VISITOR)
        return see_other(next_after(inscription))
    return page(request, "coordonnees.html", Lieu.COORDONNEES, inscription, status=status_of(form), form=form)


QUESTIONS: dict[Question, type[django_forms.Form]] = {
    Question.PAIEMENT: forms.Paiement,
    Question.FACTURE: forms.Facture,
    Question.VITALE: forms.Vitale,
}


@step(Lieu.VERIFICATION)
def verification(request: HttpRequest, inscription: Inscription, told: Reponses) -> HttpResponseBase:
    """Step 5. The question promised by the profile. The answer is kept, and never shown again."""
    question = inscription.question_of(told)
    form = bound(QUESTIONS[question], request)
    if form.is_valid():
        brouillon.answer(inscription, form.cleaned_data["reponse"], by=VISITOR)
        return see_other(next_after(inscription))
    return page(
        request,
        "verification.html",
        Lieu.VERIFICATION,
        inscription,
        status=status_of(form),
        form=form,
        question=question.value,
        suite=onward(inscription, told).url if "reponse" in told else "",
    )


@step(Lieu.MOT_DE_PASSE)
def mot_de_passe(request: HttpRequest, inscription: Inscription, told: Reponses) -> HttpResponseBase:
    """Step 6, « Validation du mail »: the address, its pencil, and the code that leaves."""
    if request.method == "POST":
        if inscription.courriel_prouve_at is None:
            frein.let(request, "code", frein.CODES)
            brouillon.ask_code(inscription, by=VISITOR)
            return see_other(Lieu.CODE)
        return see_other(Lieu.CONDITIONS)
    return page(
        request, "mot_de_passe.html", Lieu.MOT_DE_PASSE, inscription, courriel=told.get("courriel", ""), sous_etape=1
    )


@step(Lieu.MOT_DE_PASSE)
def adresse(request: HttpRequest, inscription: Inscription, told: Reponses) -> HttpResponseBase:
    """The pencil: another address, which is to be proved again."""
    form = bound(forms.Courriel, request, {"courriel": told.get("courriel", "")})
    if form.is_valid():
        brouillon.correct_address(inscription, form.cleaned_data["courriel"], by=VISITOR)
        return see_other(Lieu.MOT_DE_PASSE)
    return page(
        request, "adresse.html", Lieu.MOT_DE_PASSE, inscription, status=status_of(form), form=form, sous_etape=1
    )


@step(Lieu.MOT_DE_PASSE)
def par_la_poste(request: HttpRequest, inscription: Inscription, told: Reponses) -> HttpResponseBase:
    """No address, or none that opens: the password by post."""
    if request.method != "POST":
        return see_other(Lieu.MOT_DE_PASSE)
    brouillon.go_by_post(inscription, by=VISITOR)
    return see_other(Lieu.CONDITIONS)


@step(Lieu.CODE)
def code(request: HttpRequest, inscription: Inscription, told: Reponses) -> HttpResponseBase:
    """Step 6. The code that proves the address."""
    if inscription.par_courrier or inscription.courriel_prouve_at is not None:
        return see_other(Lieu.CONDITIONS)
    form = bound(forms.Code, request)
    status = status_of(form)
    if form.is_valid():
        try:
            brouillon.give_code(inscription, form.cleaned_data["code"], by=VISITOR)
            return see_other(Lieu.CONDITIONS)
        except Refusal as refusal:
            form.add_error("code", refusal.phrase)
            status = refusal.status
    return page(
        request,
        "code.html",
        Lieu.CODE,
        inscription,
        status=status,
        form=form,
        courriel=told.get("courriel", ""),
        remise=access.code_delivery(inscription),
        sous_etape=1,
    )


@step(Lieu.CONDITIONS)
def conditions(request: HttpRequest, inscription: Inscription, told: Reponses) -> HttpResponseBase:
    """Step 6, « Acceptation des conditions générales ». Accepting ends the registration."""
    form = bound(forms.Conditions, request)
    if form.is_valid():
        frein.let(request, "finie", frein.FINISHED)
        brouillon.finish(inscription, by=VISITOR)
        return see_other(Lieu.CONFIRMATION)
    return page(
        request,
        "conditions.html",
        Lieu.CONDITIONS,
        inscription,
        status=status_of(form),
        form=form,
        conditions=conditions_of(default_caisse()),
        sous_etape=2,
    )


@step(Lieu.CONFIRMATION)
def confirmation(request: HttpRequest, inscription: Inscription, told: Reponses) -> HttpResponseBase:
    """Step 7. What happens next: one screen, whatever does."""
    if not inscription.is_finished:
        return see_other(onward(inscription, told))
    return page(
        request,
        "confirmation.html",
        Lieu.CONFIRMATION,
        inscription,
        courriel=told.get("courriel", ""),
        remise=access.password_delivery(inscription),
        sous_etape=3,
    )


@step(Lieu.CONFIRMATION)
def plutot_par_la_poste(request: HttpRequest, inscription: Inscription, told: Reponses) -> HttpResponseBase:
    """The e-mail with the password did not arrive: the same by post, to the known address."""
    if request.method == "POST" and access.password_delivery(inscription).failed:
        actions.post_instead(inscription, by=VISITOR)
    return see_other(Lieu.CONFIRMATION)


@guarded
def abandonner(request: HttpRequest) -> HttpResponseBase:
    """Throw the registration away, with all that was typed."""
    inscription = access.draft_of(request)
    if request.method == "POST":
        if inscription is not None:
            brouillon.discard(inscription, by=VISITOR)
        response = HttpResponseRedirect("/", status=303)
        access.take_cookie(response)
        return response
    if inscription is None or inscription.is_finished:
        return see_other(Lieu.PROFIL)
    return render(request, "inscription/abandonner.html", {"inscription": inscription})


@login_not_required
@require_safe
def par_telephone(request: HttpRequest) -> HttpResponse:
    """Who does not know their number, and employers: by telephone."""
    is_employer = request.GET.get("profil") == "employeur"
    return render(request, "inscription/par_telephone.html", {"is_employeur": is_employer})
