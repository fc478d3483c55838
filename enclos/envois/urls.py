"""Addresses of envois."""

from django.urls import URLPattern

app_name = "envois"

urlpatterns: list[URLPattern] = []
