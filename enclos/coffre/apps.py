from django.apps import AppConfig
from django.core.checks import Tags, register


class CoffreConfig(AppConfig):
    name = "enclos.coffre"
    label = "coffre"

    def ready(self) -> None:
        from enclos.coffre import checks  # it reads models' modules, which exist only now

        for check in (
            checks.vault_keys_are_well_made,
            checks.storage_is_well_written,
            checks.production_seals_and_scans,
        ):
            register(check, Tags.security)
