from django.apps import AppConfig


class AccueilConfig(AppConfig):
    name = "enclos.accueil"
    label = "accueil"

    def ready(self) -> None:
        from enclos.accueil.liens import requests_of  # models exist only now
        from enclos.messagerie import liens

        liens.register("demande", requests_of)
