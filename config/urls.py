"""Every address of the portal, floor by floor."""

from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path("", include("enclos.accueil.urls")),
    path("", include("enclos.comptes.urls")),
    path("", include("enclos.avis.urls")),
    path("", include("enclos.accuses.urls")),
    path("", include("enclos.api.urls")),
    path("", include("enclos.inscription.urls")),
    path("espace/", include("enclos.envois.urls")),
    path("espace/documents/", include("enclos.bibliotheque.urls")),
    path("espace/messages/", include("enclos.messagerie.urls")),
    path("agent/assistance/", include("enclos.agents.assistance.urls")),
    path("agent/", include("enclos.agents.urls")),
    path("", include("enclos.agents.urls_publiques")),
]
if "enclos.demo" in settings.INSTALLED_APPS:
    urlpatterns.append(path("demo/", include("enclos.demo.urls")))

handler400 = "enclos.accueil.erreurs.bad_request"
handler403 = "enclos.accueil.erreurs.forbidden"
handler404 = "enclos.accueil.erreurs.not_found"
handler500 = "enclos.accueil.erreurs.server_error"
