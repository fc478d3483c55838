from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class MessagerieConfig(AppConfig):
    name = "enclos.messagerie"
    label = "messagerie"

    def ready(self) -> None:
        post_migrate.connect(install, sender=self)


def install(**kwargs: Any) -> None:
    """As the nomenclature of documents, the subjects are brought up to date by `migrate` (contract)."""
    from enclos.messagerie.sujets import install_shipped_subjects  # models exist only now

    install_shipped_subjects()
