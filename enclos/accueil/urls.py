"""Addresses of accueil."""

from django.urls import URLPattern

app_name = "accueil"

urlpatterns: list[URLPattern] = []
