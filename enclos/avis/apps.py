from django.apps import AppConfig


class AvisConfig(AppConfig):
    name = "enclos.avis"
    label = "avis"
