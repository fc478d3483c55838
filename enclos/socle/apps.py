from django.apps import AppConfig


class SocleConfig(AppConfig):
    name = "enclos.socle"
    label = "socle"
    verbose_name = "Socle"
