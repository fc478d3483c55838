"""Addresses of accuses."""

from django.urls import URLPattern

app_name = "accuses"

urlpatterns: list[URLPattern] = []
