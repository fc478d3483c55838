from django.apps import AppConfig


class CoffreConfig(AppConfig):
    name = "enclos.coffre"
    label = "coffre"
