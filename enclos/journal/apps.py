from django.apps import AppConfig
from django.core.checks import register


class JournalConfig(AppConfig):
    name = "enclos.journal"
    label = "journal"

    def ready(self) -> None:
        from enclos.journal import checks  # once the settings are read

        register(checks.check_terms)
