"""Addresses for machines: those that watch, and the fund's information system."""

from django.urls import path

from enclos.api import sante

app_name = "api"

urlpatterns = [
    path("healthz", sante.healthz, name="healthz"),
    path("readyz", sante.readyz, name="readyz"),
    path("metrics", sante.metrics, name="metrics"),
]
