"""The portal's addresses, and two of the tests' own: one that receives files, one that gives them back."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path

from config.urls import *  # noqa: F403
from config.urls import urlpatterns as house
from enclos.coffre import responses
from enclos.coffre.models import Objet
from enclos.coffre.uploads import SealedUpload, upload_view


@login_not_required
@upload_view
def depot(request: HttpRequest) -> JsonResponse:
    files: list[SealedUpload] = request.FILES.getlist("fichiers")
    return JsonResponse(
        {
            "champs": dict(request.POST.items()),
            "fichiers": [
                {
                    "nom": file.name,
                    "taille": file.size,
                    "sha256": file.sha256,
                    "code": file.failure,
                    "lu": len(file.read()),
                }
                for file in files
            ],
        }
    )


@login_not_required
def retrait(request: HttpRequest, pk: str, name: str) -> HttpResponseBase:
    return responses.download(Objet.objects.get(pk=pk), name)


urlpatterns = [path("essais/depot/", depot), path("essais/<uuid:pk>/<str:name>", retrait), *house]
