"""Addresses of what members are told, and of how they are told it."""

from django.urls import path

from enclos.avis import views

app_name = "avis"
urlpatterns = [
    path("espace/avis/", views.avis, name="avis"),
    path("espace/avis/tout-lire/", views.tout_lire, name="tout_lire"),
    path("espace/avis/<uuid:pk>/", views.ouvrir, name="ouvrir"),
    path("espace/compte/preferences/", views.preferences, name="preferences"),
    path("espace/compte/e-documents/", views.e_documents, name="e_documents"),
    path("espace/compte/e-documents/accepter/", views.accepter, name="accepter"),
    path("espace/compte/e-documents/retour-au-papier/", views.retirer, name="retirer"),
    path("espace/compte/conseil/", views.ecarter, name="ecarter"),
]
