from django.apps import AppConfig


class SuiviConfig(AppConfig):
    name = "enclos.suivi"
    label = "suivi"
