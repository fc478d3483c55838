from django.apps import AppConfig


class RegistreConfig(AppConfig):
    name = "enclos.registre"
    label = "registre"
