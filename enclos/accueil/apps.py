from django.apps import AppConfig


class AccueilConfig(AppConfig):
    name = "enclos.accueil"
    label = "accueil"
