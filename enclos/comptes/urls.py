"""Addresses of signing in and out."""

from django.urls import path

from enclos.comptes import views
from enclos.comptes.coordonnees import urls as coordonnees
from enclos.comptes.facteurs import urls as facteurs
from enclos.comptes.federation import views as federation
from enclos.comptes.mots_de_passe import vues_oubli as oubli
from enclos.comptes.mots_de_passe.views import nouveau_mot_de_passe
from enclos.comptes.preuves.views import preuve

app_name = "comptes"

urlpatterns = [
    path("connexion/", views.connexion, name="connexion"),
    path("connexion/franceconnect/", federation.franceconnect_depart, name="franceconnect_depart"),
    path("connexion/franceconnect/retour/", federation.franceconnect_retour, name="franceconnect_retour"),
    path("connexion/franceconnect/deconnecte/", federation.franceconnect_deconnecte, name="franceconnect_deconnecte"),
    path("connexion/organisme/", federation.organisme_depart, name="organisme_depart"),
    path("connexion/organisme/retour/", federation.organisme_retour, name="organisme_retour"),
    path("espace/compte/franceconnect/", federation.franceconnect_compte, name="franceconnect"),
    path("espace/compte/franceconnect/associer/", federation.franceconnect_associer, name="franceconnect_associer"),
    path("espace/compte/franceconnect/dissocier/", federation.franceconnect_dissocier, name="franceconnect_dissocier"),
    path("connexion/code/", views.code, name="code"),
    path("connexion/nouveau-mot-de-passe/", nouveau_mot_de_passe, name="nouveau_mot_de_passe"),
    path("connexion/preuve/", preuve, name="preuve"),
    path("connexion/reprendre/", views.reprendre, name="reprendre"),
    path("mot-de-passe-oublie/", oubli.mot_de_passe_oublie, name="oubli"),
    path("mot-de-passe-oublie/code/", oubli.oubli_code, name="oubli_code"),
    path("mot-de-passe-oublie/autrement/", oubli.oubli_autrement, name="oubli_autrement"),
    path("mot-de-passe-oublie/courrier/", oubli.oubli_courrier, name="oubli_courrier"),
    path("deconnexion/", views.deconnexion, name="deconnexion"),
    path("session/prolonger/", views.prolonger, name="prolonger"),
    *coordonnees.urlpatterns,
    *facteurs.urlpatterns,
]
