from django.apps import AppConfig
from django.core.checks import register


class CourrierConfig(AppConfig):
    name = "enclos.courrier"
    label = "courrier"

    def ready(self) -> None:
        from enclos.courrier import checks  # once the settings are read

        register(checks.check_letters_and_texts)
