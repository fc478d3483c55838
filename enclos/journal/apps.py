from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "enclos.journal"
    label = "journal"
