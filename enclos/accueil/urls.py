"""Addresses of the public pages and of the member's home."""

from django.urls import path

from enclos.accueil import theme

app_name = "accueil"
urlpatterns = [
    path("theme/<str:code>.css", theme.sheet, name="theme"),
]
