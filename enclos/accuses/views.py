"""`/verifier/`: anyone can check a receipt. Nothing personal is shown, nothing that is dropped is kept."""

import hashlib
from dataclasses import dataclass

from django.contrib.auth.decorators import login_not_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from config.env import ENV
from enclos.accuses import access, cachet
from enclos.accuses.forms import MAX_BYTES, VerifierForm
from enclos.accuses.frein import BRAKE, source_of
from enclos.accuses.reconnaissance import sealed_by
from enclos.accuses.uploads import InMemoryHandler
from enclos.socle.refusals import Refusal


@dataclass(frozen=True)
class Verdict:
    """What the page answers."""

    is_authentic: bool
    preuve: access.Preuve | None = None
    holder: str = ""  # whose seal, when the file is known by its seal only
    is_file: bool = False


@login_not_required
@csrf_exempt  # the token is checked below, once it is said where the file goes
@require_http_methods(["GET", "HEAD", "POST"])
def verifier(request: HttpRequest) -> HttpResponse:
    """The form, then the answer under it."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > 2 * MAX_BYTES:
        raise Refusal("Ce fichier pèse plus de 5 Mo : ce n’est pas un accusé. Choisissez un autre fichier.", status=413)
    # Before its file is read into memory.
    if request.method == "POST" and BRAKE.refuses(source_of(request)):
        response = render(request, "accuses/trop_d_essais.html", status=429)
        response["Retry-After"] = "60"
        return response
    request.upload_handlers = [InMemoryHandler(request)]
    return checked(request)


@csrf_protect
def checked(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "accuses/verifier.html", {"form": VerifierForm(initial=asked(request)), "verdict": None})
    form = VerifierForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "accuses/verifier.html", {"form": form, "verdict": None}, status=422)
    verdict = verdict_on(form)
    # What was not recognised stays in the fields, to be read again and corrected.
    return render(
        request, "accuses/verifier.html", {"form": VerifierForm() if verdict.is_authentic else form, "verdict": verdict}
    )


def asked(request: HttpRequest) -> dict[str, str]:
    """The reference that the QR code of the paper carries."""
    return {"reference": request.GET.get("reference", "")[:40]}


def verdict_on(form: VerifierForm) -> Verdict:
    fichier = form.cleaned_data["fichier"]
    if isinstance(fichier, UploadedFile):
        return verdict_on_file(fichier.read())
    preuve = access.by_code(form.cleaned_data["reference"], form.cleaned_data["code"])
    return Verdict(preuve is not None, preuve)


def verdict_on_file(pdf: bytes) -> Verdict:
    """Known byte for byte, else sealed by us though unknown here (a restored database), else not authentic."""
    preuve = access.by_pdf(hashlib.sha256(pdf).hexdigest())
    if preuve:
        return Verdict(True, preuve, is_file=True)
    seal = sealed_by(pdf, cachet.known(ENV.seals))
    return Verdict(seal is not None, holder=seal.holder if seal else "", is_file=True)
