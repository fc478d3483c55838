from django.apps import AppConfig
from django.core.checks import Tags, register


class AccusesConfig(AppConfig):
    name = "enclos.accuses"
    label = "accuses"

    def ready(self) -> None:
        from enclos.accuses import checks  # once the settings are read

        register(checks.seal_is_sound, Tags.security, deploy=True)
