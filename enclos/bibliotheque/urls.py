"""Addresses below /espace/documents/."""

from django.urls import URLPattern

app_name = "bibliotheque"
urlpatterns: list[URLPattern] = []
