"""Addresses of signing in and out."""

from django.urls import path

from enclos.comptes import views

app_name = "comptes"

urlpatterns = [
    path("connexion/", views.connexion, name="connexion"),
    path("connexion/code/", views.code, name="code"),
    path("connexion/reprendre/", views.reprendre, name="reprendre"),
    path("deconnexion/", views.deconnexion, name="deconnexion"),
    path("session/prolonger/", views.prolonger, name="prolonger"),
]
