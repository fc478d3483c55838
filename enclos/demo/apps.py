from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "enclos.demo"
    label = "demo"
