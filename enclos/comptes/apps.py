from django.apps import AppConfig
from django.core.checks import Tags, register


class ComptesConfig(AppConfig):
    name = "enclos.comptes"
    label = "comptes"

    def ready(self) -> None:
        # Once the models are there: a check and a sweep are registered by being imported.
        from enclos.comptes import checks, tasks  # noqa: F401
        from enclos.comptes.federation import checks as federation

        register(checks.check_secrets, Tags.security)
        register(federation.check_providers, Tags.security)
