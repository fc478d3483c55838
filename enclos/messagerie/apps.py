from django.apps import AppConfig


class MessagerieConfig(AppConfig):
    name = "enclos.messagerie"
    label = "messagerie"
