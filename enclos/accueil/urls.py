"""Addresses of the public pages and of the member's home."""

from django.urls import path

from enclos.accueil import compte, espace, fichiers, theme, views
from enclos.accueil.consultations import views as consultations
from enclos.accueil.donnees import views as donnees
from enclos.accueil.fermeture import views as fermeture

app_name = "accueil"
urlpatterns = [
    path("", views.public, name="public"),
    path("espace/", espace.espace, name="espace"),
    path("espace/compte/", compte.compte, name="compte"),
    path("espace/contact/", espace.contact, name="contact"),
    path("espace/compte/mes-donnees/", donnees.mes_donnees, name="mes_donnees"),
    path("espace/compte/mes-donnees/<uuid:pk>/", donnees.telecharger, name="telecharger_donnees"),
    path("espace/compte/consultations/", consultations.consultations, name="consultations"),
    path("espace/compte/fermer/", fermeture.fermer, name="fermer"),
    path("compte-ferme/", fermeture.compte_ferme, name="compte_ferme"),
    path("aide/", views.aide, name="aide"),
    path("accessibilite/", views.accessibilite, name="accessibilite"),
    path("donnees-personnelles/", views.donnees_personnelles, name="donnees_personnelles"),
    path("mentions-legales/", views.mentions_legales, name="mentions_legales"),
    path("modalites-utilisation/", views.modalites_utilisation, name="modalites_utilisation"),
    path("plan/", views.plan, name="plan"),
    path("theme/<slug:code>.css", theme.sheet, name="theme"),
    path(".well-known/security.txt", fichiers.security_txt, name="security_txt"),
    path("robots.txt", fichiers.robots_txt, name="robots_txt"),
    path("favicon.ico", fichiers.favicon, name="favicon"),
]
