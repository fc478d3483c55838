from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CaissesConfig(AppConfig):
    name = "enclos.caisses"
    label = "caisses"
    verbose_name = "Caisses"

    def ready(self) -> None:
        post_migrate.connect(install, sender=self)


def install(**kwargs: Any) -> None:
    """The one signal of the house: `migrate` also installs the reference data (contract)."""
    from enclos.caisses.actions import install_shipped_data  # models exist only now

    install_shipped_data()
