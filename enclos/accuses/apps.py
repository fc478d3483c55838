from django.apps import AppConfig


class AccusesConfig(AppConfig):
    name = "enclos.accuses"
    label = "accuses"
