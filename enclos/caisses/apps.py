from django.apps import AppConfig


class CaissesConfig(AppConfig):
    name = "enclos.caisses"
    label = "caisses"
