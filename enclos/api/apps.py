from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "enclos.api"
    label = "api"
