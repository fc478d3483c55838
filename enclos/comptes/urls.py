"""Addresses of comptes."""

from django.urls import URLPattern

app_name = "comptes"

urlpatterns: list[URLPattern] = []
