from django.apps import AppConfig


class CourrierConfig(AppConfig):
    name = "enclos.courrier"
    label = "courrier"
