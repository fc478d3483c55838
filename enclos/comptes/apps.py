from django.apps import AppConfig


class ComptesConfig(AppConfig):
    name = "enclos.comptes"
    label = "comptes"
