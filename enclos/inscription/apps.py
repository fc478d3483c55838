from django.apps import AppConfig


class InscriptionConfig(AppConfig):
    name = "enclos.inscription"
    label = "inscription"
