"""Addresses of the help desk: opaque keys, and nothing of anybody."""

from django.urls import path

from enclos.agents.assistance import views

app_name = "assistance"

urlpatterns = [
    path("", views.recherche, name="recherche"),
    path("ouvrir/", views.ouvrir, name="ouvrir"),
    path("appels/<uuid:pk>/", views.appel, name="appel"),
    path("appels/<uuid:pk>/verifications/", views.verifications, name="verifications"),
    path("appels/<uuid:pk>/actes/<slug:slug>/", views.acte, name="acte"),
]
