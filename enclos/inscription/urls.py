"""Addresses of registering, and of the code that came by post."""

from django.urls import path

from enclos.inscription import compte, franceconnect, views

app_name = "inscription"
urlpatterns = [
    path("inscription/", views.profil, name="profil"),
    path("inscription/identifiant/", views.identifiant, name="identifiant"),
    path("inscription/identifiant/suite/", views.deja, name="deja"),
    path("inscription/documents/", views.documents, name="documents"),
    path("inscription/coordonnees/", views.coordonnees, name="coordonnees"),
    path("inscription/verification/", views.verification, name="verification"),
    path("inscription/mot-de-passe/", views.mot_de_passe, name="mot_de_passe"),
    path("inscription/mot-de-passe/adresse/", views.adresse, name="adresse"),
    path("inscription/mot-de-passe/par-la-poste/", views.par_la_poste, name="par_la_poste"),
    path("inscription/mot-de-passe/code/", views.code, name="code"),
    path("inscription/mot-de-passe/conditions/", views.conditions, name="conditions"),
    path("inscription/confirmation/", views.confirmation, name="confirmation"),
    path("inscription/confirmation/par-la-poste/", views.plutot_par_la_poste, name="plutot_par_la_poste"),
    path("inscription/abandonner/", views.abandonner, name="abandonner"),
    path("inscription/par-telephone/", views.par_telephone, name="par_telephone"),
    path("inscription/franceconnect/", franceconnect.franceconnect, name="franceconnect"),
    path("inscription/franceconnect/code/", franceconnect.franceconnect_code, name="franceconnect_code"),
    path("espace/compte/niveau/", compte.niveau, name="niveau"),
    path("espace/compte/niveau/nouveau-courrier/", compte.nouveau_courrier, name="nouveau_courrier"),
]
