"""« Double vérification » for members, « Sécurité de mon compte » for agents: what there is, adding, removing.

Every view here works for both; `urls.py` says who may have each, and that a fresh proof is asked before anything changes.
"""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enclos.comptes.access import session_of, signed_in
from enclos.comptes.coordonnees.connexions import close_others, other_sessions_count
from enclos.comptes.facteurs import access, actions, cles, defis, telephone
from enclos.comptes.facteurs.forms import CodeTelephone, NomDeCle
from enclos.comptes.facteurs.lieux import address, addresses
from enclos.comptes.facteurs.site import named_address, site_of
from enclos.comptes.hashers import Busy
from enclos.comptes.models import ClePasse, Compte
from enclos.comptes.navigateurs import browser_of
from enclos.comptes.views import METHODS, refused, see_other
from enclos.socle.refusals import Refusal

FAIT = {
    "cle": "Votre clé d’accès est ajoutée.",
    "cle_retiree": "La clé d’accès est retirée : elle n’ouvre plus votre compte.",
    "nom": "Le nom de la clé est changé.",
    "telephone": "Les codes de votre téléphone sont activés.",
    "telephone_retire": "Les codes de votre téléphone sont retirés : ils n’ouvrent plus votre compte.",
    "codes": "Vos codes de secours sont prêts.",
    "autres": "Vos autres connexions sont fermées.",
}
SLOT = "facteurs_fait"  # in the session: what the next page says was done


def titulaire(request: HttpRequest) -> Compte:
    compte = signed_in(request)
    if compte is None:
        raise Http404
    return compte


def say(request: HttpRequest, what: str) -> None:
    session_of(request)[SLOT] = what


@require_safe
def facteurs(request: HttpRequest) -> HttpResponse:
    """What there is, in words, and the ways to change it."""
    compte = titulaire(request)
    done = session_of(request).pop(SLOT, "") if SLOT in session_of(request) else ""
    found = access.factors_of(compte)
    return render(
        request,
        "comptes/facteurs/securite.html" if compte.is_agent else "comptes/facteurs/facteurs.html",
        {
            "facteurs": found,
            "cles": [
                (key, address(compte, "cle_modifier", key.pk), address(compte, "cle_retirer", key.pk))
                for key in found.cles
            ],
            "adresses": addresses(compte),
            "fait": FAIT.get(done, ""),
            "autres": other_sessions_count(compte, but=session_of(request))
            if done and done not in {"autres", "nom"}
            else 0,
            "site": site_of(request),
            "autre_adresse": named_address(request),
            "peut_ajouter": len(found.cles) < cles.MOST_KEYS,
        },
    )


@require_http_methods(METHODS)
@sensitive_post_parameters()
@sensitive_variables()
def ajouter_telephone(request: HttpRequest) -> HttpResponse:
    """The drawing, the secret, and the code that proves the telephone took it."""
    compte = titulaire(request)
    form = CodeTelephone(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                telephone.accept(compte, form.cleaned_data["code"], request=request, by=compte)
                return after_adding(request, compte, "telephone")
            except Refusal as refusal:
                form.add_error("code", refusal.phrase)
                return refused(telephone_page(request, compte, form, status=refusal.status), refusal)
    return telephone_page(request, compte, form, status=status)


def telephone_page(request: HttpRequest, compte: Compte, form: CodeTelephone, *, status: int) -> HttpResponse:
    offered = telephone.offer(request, compte)
    return render(
        request,
        "comptes/facteurs/telephone.html",
        {
            "form": form,
            "dessin": mark_safe(offered.drawing),  # noqa: S308 (drawn by segno from our own text)
            "secret": offered.typed,
            "lien": offered.address,
            "adresses": addresses(compte),
            "remplace": bool(compte.totp_sealed),
        },
        status=status,
    )


def after_adding(request: HttpRequest, compte: Compte, what: str) -> HttpResponse:
    """The first factor of a member comes with recovery codes, shown at once; the others lead back to the list."""
    say(request, what)
    if compte.is_adherent and not access.has_codes(compte):
        try:
            actions.make_codes(request, compte, by=compte)
        except Busy:  # the page of factors says that there are none, and makes them
            return see_other(address(compte))
        return see_other(address(compte, "codes"))
    return see_other(address(compte))


@require_http_methods(METHODS)
def retirer_telephone(request: HttpRequest) -> HttpResponse:
    """Ask, then remove."""
    compte = titulaire(request)
    if not compte.totp_sealed:
        return see_other(address(compte))
    if request.method == "POST":
        telephone.remove(compte, by=compte)
        say(request, "telephone_retire")
        return see_other(address(compte))
    seul = not access.has_passkey(compte)
    return render(request, "comptes/facteurs/retirer.html", {"cle": None, "seul": seul, "adresses": addresses(compte)})


@require_http_methods(METHODS)
@sensitive_post_parameters("reponse")
def ajouter_cle(request: HttpRequest) -> HttpResponse:
    """Name a key, and let the browser make it."""
    compte = titulaire(request)
    form = NomDeCle(request.POST if request.method == "POST" else None, initial={"nom": browser_of(request)})
    status = 200
    if request.method == "POST":
        status = 422
        answer = request.POST.get("reponse", "")
        if form.is_valid() and not answer:
            form.add_error(
                None, "La clé d’accès n’a pas été faite. Cette page a besoin de JavaScript pour la demander."
            )
        elif form.is_valid():
            try:
                cles.add(compte, answer, form.cleaned_data["nom"], request=request, by=compte)
                return after_adding(request, compte, "cle")
            except Refusal as refusal:
                form.add_error(None, refusal.phrase)
                status = refusal.status
    return render(
        request,
        "comptes/facteurs/cle.html",
        {
            "form": form,
            "adresses": addresses(compte),
            "site": site_of(request),
            "autre_adresse": named_address(request),
        },
        status=status,
    )


@require_POST
def options_cle(request: HttpRequest) -> HttpResponse:
    """What the browser needs to make a key."""
    compte = titulaire(request)
    return asked(
        request,
        cles.AJOUT,
        lambda challenge: cles.creation_options(
            compte, access.factors_of(compte).cles, challenge, site=cles.here(request)
        ),
    )


def asked(request: HttpRequest, usage: str, options: Callable[[bytes], str]) -> HttpResponse:
    """Options in JSON, and the challenge that the browser will be asked back; for a script, so a refusal is one too."""
    challenge = defis.draw()
    try:
        response = HttpResponse(options(challenge), content_type="application/json")
    except Refusal as refusal:
        return JsonResponse({"phrase": refusal.phrase}, status=refusal.status)
    defis.remember(request, response, challenge, usage=usage)
    return response


def own_key(compte: Compte, cle: int) -> ClePasse:
    """Raises `Http404` for the key of anybody else."""
    key = access.key_of(compte, cle)
    if key is None:
        raise Http404
    return key


@require_http_methods(METHODS)
def modifier_cle(request: HttpRequest, cle: int) -> HttpResponse:
    """Another name for a key."""
    compte = titulaire(request)
    key = own_key(compte, cle)
    form = NomDeCle(request.POST if request.method == "POST" else None, initial={"nom": key.nom})
    if request.method == "POST" and form.is_valid():
        cles.rename(key, form.cleaned_data["nom"], by=compte)
        say(request, "nom")
        return see_other(address(compte))
    status = 422 if request.method == "POST" else 200
    return render(
        request,
        "comptes/facteurs/cle_nom.html",
        {"form": form, "cle": key, "adresses": addresses(compte)},
        status=status,
    )


@require_http_methods(METHODS)
def retirer_cle(request: HttpRequest, cle: int) -> HttpResponse:
    """Ask, then remove."""
    compte = titulaire(request)
    key = own_key(compte, cle)
    if request.method == "POST":
        actions.remove_key(key, by=compte)
        say(request, "cle_retiree")
        return see_other(address(compte))
    seul = not compte.totp_sealed and len(access.factors_of(compte).cles) == 1
    return render(request, "comptes/facteurs/retirer.html", {"cle": key, "seul": seul, "adresses": addresses(compte)})


@require_http_methods(METHODS)
def codes(request: HttpRequest) -> HttpResponse:
    """The ten codes while they are shown; else how many are left, and a button to make others."""
    compte = titulaire(request)
    found = access.factors_of(compte)
    if not found.is_on:
        return see_other(address(compte))
    if request.method == "POST":
        try:
            actions.make_codes(request, compte, by=compte)
        except Busy as refusal:
            return refused(codes_page(request, found, refusal.phrase, status=refusal.status), refusal)
        say(request, "codes")
        return see_other(address(compte, "codes"))
    return codes_page(request, found)


def codes_page(request: HttpRequest, found: access.Facteurs, phrase: str = "", *, status: int = 200) -> HttpResponse:
    return render(
        request,
        "comptes/facteurs/codes.html",
        {
            "codes": actions.codes_to_show(request, found.compte),
            "facteurs": found,
            "adresses": addresses(found.compte),
            "phrase": phrase,
        },
        status=status,
    )


@require_safe
def fichier_codes(request: HttpRequest) -> HttpResponse:
    """The codes as a text file, while they are shown."""
    compte = titulaire(request)
    shown = actions.codes_to_show(request, compte)
    if not shown:
        raise Http404
    text = "\r\n".join(
        [
            f"Codes de secours - {compte.caisse.nom}, mon espace privé",
            "Chaque code sert une seule fois, si vous n’avez plus votre téléphone ou votre clé.",
            "",
            *shown,
            "",
        ]
    )
    response = HttpResponse(text.encode("utf-8-sig"), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="codes-de-secours.txt"'
    return response


@require_POST
def codes_notes(request: HttpRequest) -> HttpResponse:
    """They are noted: they are shown no more."""
    compte = titulaire(request)
    actions.forget_codes_shown(request)
    return see_other(address(compte))


@require_POST
def fermer_autres(request: HttpRequest) -> HttpResponse:
    """Close every other session of the account."""
    compte = titulaire(request)
    row = session_of(request).row
    assert row is not None
    close_others(compte, but=row.pk, by=compte)
    say(request, "autres")
    return see_other(address(compte))
