"""Addresses of « Mes coordonnées », the password and the devices; part of the namespace `comptes`."""

from django.urls import path

from enclos.comptes.coordonnees import appareils, mot_de_passe, views

ICI = "espace/compte/coordonnees/"
urlpatterns = [
    path(ICI, views.coordonnees, name="coordonnees"),
    path(f"{ICI}courriel/", views.courriel, name="courriel"),
    path(f"{ICI}courriel/verifier/", views.courriel_verifier, name="courriel_verifier"),
    path(f"{ICI}courriel/code/", views.courriel_code, name="courriel_code"),
    path(f"{ICI}telephone/", views.telephone, name="telephone"),
    path(f"{ICI}telephone/code/", views.telephone_code, name="telephone_code"),
    path(f"{ICI}telephone/retirer/", views.telephone_retirer, name="telephone_retirer"),
    path(f"{ICI}adresse/", views.adresse, name="adresse"),
    path(f"{ICI}adresse/annuler/", views.adresse_annuler, name="adresse_annuler"),
    path("espace/compte/mot-de-passe/", mot_de_passe.changer, name="changer_mot_de_passe"),
    path("espace/compte/appareils/", appareils.appareils, name="appareils"),
    path("espace/compte/appareils/fermer/", appareils.fermer, name="fermer_session"),
    path("espace/compte/appareils/fermer-les-autres/", appareils.fermer_tout, name="fermer_sessions"),
    path("espace/compte/appareils/oublier/", appareils.oublier, name="oublier_appareils"),
    path("ce-n-est-pas-moi/<str:jeton>/", views.ce_n_est_pas_moi, name="ce_n_est_pas_moi"),
]
