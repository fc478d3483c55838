"""`enclos associer-agent`: tie an agent's account to their identity at the organisation's provider."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enclos.comptes.federation import actions
from enclos.comptes.federation.fournisseurs import organisme
from enclos.comptes.models import Compte
from enclos.journal.actions import SYSTEM
from enclos.socle.refusals import Refusal


class Command(BaseCommand):
    help = "Relie le compte d’un agent au fournisseur d’identité de la caisse. L’agent lit son numéro en essayant d’entrer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("identifiant", help="identifiant de l’agent dans Enclos")
        parser.add_argument("--sujet", default="", help="numéro que la page de connexion lui a donné")
        parser.add_argument(
            "--retirer", action="store_true", help="ne plus relier, et fermer les sessions ouvertes par là"
        )

    def handle(self, *args: Any, identifiant: str, sujet: str, retirer: bool, **options: Any) -> None:
        fournisseur = organisme()
        if fournisseur is None:
            raise CommandError("Aucun fournisseur n’est réglé pour les agents : voyez ENCLOS_AGENTS_OIDC_ISSUER.")
        if sujet and retirer:
            raise CommandError("Donnez --sujet ou --retirer, pas les deux.")
        compte = Compte.objects.filter(genre=Compte.Genre.AGENT, identifiant=identifiant.strip().lower()).first()
        if compte is None:
            raise CommandError(f"Aucun agent n’a l’identifiant « {identifiant} ».")
        if retirer:
            if not actions.dissociate_agent(compte, fournisseur.emetteur, by=SYSTEM):
                raise CommandError(f"{compte.identifiant} n’était pas relié.")
            self.stdout.write(f"{compte.identifiant} n’est plus relié ; ses sessions ouvertes par là sont fermées.")
            return
        if not sujet:
            raise CommandError("Donnez --sujet : l’agent le lit en essayant « Connexion de votre organisme ».")
        try:
            actions.associate_agent(compte, fournisseur.emetteur, sujet.strip(), by=SYSTEM)
        except Refusal:
            raise CommandError(f"{compte.identifiant} ou ce numéro est déjà relié à un autre : --retirer d’abord.")
        self.stdout.write(f"{compte.identifiant} est relié : « Connexion de votre organisme » ouvre son compte.")
