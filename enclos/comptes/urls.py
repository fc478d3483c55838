"""Addresses of signing in and out."""

from django.urls import path

from enclos.comptes import views
from enclos.comptes.mots_de_passe.views import nouveau_mot_de_passe
from enclos.comptes.preuves.views import preuve

app_name = "comptes"

urlpatterns = [
    path("connexion/", views.connexion, name="connexion"),
    path("connexion/code/", views.code, name="code"),
    path("connexion/nouveau-mot-de-passe/", nouveau_mot_de_passe, name="nouveau_mot_de_passe"),
    path("connexion/preuve/", preuve, name="preuve"),
    path("connexion/reprendre/", views.reprendre, name="reprendre"),
    path("deconnexion/", views.deconnexion, name="deconnexion"),
    path("session/prolonger/", views.prolonger, name="prolonger"),
]
