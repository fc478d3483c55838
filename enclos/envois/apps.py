from django.apps import AppConfig


class EnvoisConfig(AppConfig):
    name = "enclos.envois"
    label = "envois"
