"""« Mes coordonnées »: what the fund writes to, and how each is changed."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enclos.comptes.access import AdherentRequest, pour_adherent, session_of
from enclos.comptes.actions import VISITOR
from enclos.comptes.coordonnees import actions, contestation, telephones
from enclos.comptes.coordonnees.access import COLONNES_ADRESSE, address_to_show, lines_of, pending_of
from enclos.comptes.coordonnees.forms import Adresse, CodeRecu, NouveauCourriel, NouveauTelephone
from enclos.comptes.preuves.access import preuve_fraiche
from enclos.comptes.views import METHODS, refused, see_other
from enclos.socle.dates import today_paris
from enclos.socle.refusals import Refusal

# Where the session keeps the contact that a code was sent to.
COURRIEL, TELEPHONE, FAIT = "nouveau_courriel", "nouveau_telephone", "coordonnees_fait"


@pour_adherent
@require_safe
def coordonnees(request: AdherentRequest) -> HttpResponse:
    """The three details, their state, and what was just done."""
    compte, pending = request.user, pending_of(request.user)
    adresse = pending.get("adresse")
    context = {
        "compte": compte,
        "telephone": telephones.shown(compte.telephone),
        "adresse": address_to_show(compte),
        "attente": adresse,
        "nouvelle": lines_of(adresse.valeurs) if adresse else [],
        "fait": session_of(request).pop(FAIT, ""),
        "peut_verifier": bool(compte.telephone) and actions.can_text(compte.telephone),
    }
    return render(request, "comptes/coordonnees/coordonnees.html", context)


def done(request: HttpRequest, sentence: str) -> HttpResponse:
    """Back to the page, which says what was done."""
    session_of(request)[FAIT] = sentence
    return see_other(reverse("comptes:coordonnees"))


@pour_adherent
@preuve_fraiche
@require_http_methods(METHODS)
def courriel(request: AdherentRequest) -> HttpResponse:
    """A new e-mail address: a code is sent to it."""
    form = NouveauCourriel(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        nouveau = form.cleaned_data["courriel"]
        try:
            actions.ask_courriel(request.user, nouveau, by=request.user)
        except Refusal as refusal:
            form.add_error("courriel", refusal.phrase)
            return refused(courriel_page(request, form, status=refusal.status), refusal)
        session_of(request)[COURRIEL] = nouveau
        return see_other(reverse("comptes:courriel_code"))
    return courriel_page(request, form, status=422 if form.is_bound else 200)


def courriel_page(request: AdherentRequest, form: NouveauCourriel, *, status: int) -> HttpResponse:
    context = {"form": form, "compte": request.user}
    return render(request, "comptes/coordonnees/courriel.html", context, status=status)


@pour_adherent
@require_POST
def courriel_verifier(request: AdherentRequest) -> HttpResponse:
    """A code to the address of the account, which nobody has proved yet: nothing to prove before."""
    compte = request.user
    if not compte.courriel or compte.courriel_verifie_at:
        return see_other(reverse("comptes:coordonnees"))
    actions.ask_courriel(compte, compte.courriel, by=compte)
    session_of(request)[COURRIEL] = compte.courriel
    return see_other(reverse("comptes:courriel_code"))


@pour_adherent
@require_http_methods(METHODS)
def courriel_code(request: AdherentRequest) -> HttpResponse:
    """The code that the new address received."""
    return code_page(
        request,
        COURRIEL,
        actions.confirm_courriel,
        "Votre adresse e-mail est vérifiée. C’est à elle que nous écrivons maintenant.",
        {"contact": session_of(request).get(COURRIEL), "recommencer": reverse("comptes:courriel"), "par": "courriel"},
    )


def code_page(
    request: AdherentRequest, key: str, confirm: Callable[..., object], said: str, context: dict[str, object]
) -> HttpResponse:
    """A code given for the new contact that the session keeps under `key`."""
    nouveau = session_of(request).get(key)
    if not nouveau:
        return see_other(reverse("comptes:coordonnees"))
    form = CodeRecu(request.POST if request.method == "POST" else None)
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            confirm(request.user, nouveau, form.cleaned_data["code"], by=request.user)
        except Refusal as refusal:
            form.add_error("code", refusal.phrase)
            status = refusal.status
        else:
            del session_of(request)[key]
            return done(request, said)
    return render(request, "comptes/coordonnees/code.html", context | {"form": form}, status=status)


@pour_adherent
@preuve_fraiche
@require_http_methods(METHODS)
def telephone(request: AdherentRequest) -> HttpResponse:
    """A new number: a code by text message where one can be sent."""
    form = NouveauTelephone(
        request.POST if request.method == "POST" else None,
        initial={"telephone": telephones.shown(request.user.telephone)},
    )
    if request.method == "POST" and form.is_valid():
        nouveau = form.cleaned_data["telephone"]
        try:
            is_code_sent = actions.ask_telephone(request.user, nouveau, by=request.user)
        except Refusal as refusal:
            form.add_error("telephone", refusal.phrase)
            return refused(telephone_page(request, form, status=refusal.status), refusal)
        if not is_code_sent:
            return done(request, "Votre numéro de téléphone est enregistré.")
        session_of(request)[TELEPHONE] = nouveau
        return see_other(reverse("comptes:telephone_code"))
    return telephone_page(request, form, status=422 if form.is_bound else 200)


def telephone_page(request: AdherentRequest, form: NouveauTelephone, *, status: int) -> HttpResponse:
    return render(request, "comptes/coordonnees/telephone.html", {"form": form, "compte": request.user}, status=status)


@pour_adherent
@require_http_methods(METHODS)
def telephone_code(request: AdherentRequest) -> HttpResponse:
    """The code that the new number received."""
    return code_page(
        request,
        TELEPHONE,
        actions.confirm_telephone,
        "Votre numéro de téléphone est vérifié.",
        {
            "contact": telephones.shown(session_of(request).get(TELEPHONE, "")),
            "recommencer": reverse("comptes:telephone"),
            "par": "sms",
        },
    )


@pour_adherent
@preuve_fraiche
@require_POST
def telephone_retirer(request: AdherentRequest) -> HttpResponse:
    """No number any more."""
    actions.change_telephone(request.user, "", is_verified=False, by=request.user)
    return done(request, "Votre numéro de téléphone est retiré.")


@pour_adherent
@preuve_fraiche
@require_http_methods(METHODS)
def adresse(request: AdherentRequest) -> HttpResponse:
    """A new postal address, from a day on."""
    pending = pending_of(request.user).get("adresse")
    if request.method == "POST":
        form = Adresse(request.POST)
        if form.is_valid():
            try:
                actions.change_adresse(request.user, form.valeurs, form.cleaned_data["effet_le"], by=request.user)
            except Refusal as refusal:
                form.add_error(None, refusal.phrase)
                return adresse_page(request, form, status=refusal.status)
            return done(
                request, "Votre changement d’adresse est demandé. Nous l’affichons ici jusqu’à ce qu’il soit fait."
            )
        return adresse_page(request, form, status=422)
    start = {**pending.valeurs, "effet_le": pending.effet_le} if pending else {"effet_le": today_paris()}
    known = {column: start.get(column, "") for column in (*COLONNES_ADRESSE, "effet_le")}
    return adresse_page(request, Adresse(initial=known), status=200)


def adresse_page(request: AdherentRequest, form: Adresse, *, status: int) -> HttpResponse:
    context = {"form": form, "connue": address_to_show(request.user)}
    return render(request, "comptes/coordonnees/adresse.html", context, status=status)


@pour_adherent
@require_POST
def adresse_annuler(request: AdherentRequest) -> HttpResponse:
    """Give up the change of address."""
    actions.cancel_adresse(request.user, by=request.user)
    return done(request, "Le changement d’adresse est annulé.")


@login_not_required
@require_http_methods(METHODS)
def ce_n_est_pas_moi(request: HttpRequest, jeton: str) -> HttpResponse:
    """The link of a notice. Read, it changes nothing: mail readers open links by themselves."""
    avertissement = contestation.warning_for(jeton)
    if avertissement is None or not contestation.is_open(avertissement):
        status = 404 if avertissement is None else 410
        return render(
            request, "comptes/coordonnees/lien_mort.html", {"connu": avertissement is not None}, status=status
        )
    if request.method == "POST":
        is_letter_sent = contestation.contest(avertissement, by=VISITOR)
        return render(request, "comptes/coordonnees/conteste.html", {"lettre": is_letter_sent})
    return render(request, "comptes/coordonnees/contester.html", {"avertissement": avertissement})
