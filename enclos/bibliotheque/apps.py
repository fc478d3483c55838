from django.apps import AppConfig


class BibliothequeConfig(AppConfig):
    name = "enclos.bibliotheque"
    label = "bibliotheque"
