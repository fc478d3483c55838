"""Addresses below /espace/messages/."""

from django.urls import URLPattern

app_name = "messagerie"
urlpatterns: list[URLPattern] = []
