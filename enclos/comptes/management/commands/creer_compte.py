"""`enclos creer-compte`: open an account for a person of the registry or for an agent."""

import sys
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from config.env import ENV
from enclos.caisses.models import Caisse, Service
from enclos.comptes import actions, totp
from enclos.comptes.droits import set_rights
from enclos.comptes.models import Compte, Droit, Role
from enclos.comptes.mots_de_passe import provisoires
from enclos.journal.actions import SYSTEM
from enclos.registre.access import person_by_nir
from enclos.registre.models import Personne
from enclos.socle import nir
from enclos.socle.refusals import Refusal


class Command(BaseCommand):
    help = (
        "Ouvre un compte et affiche, une seule fois, son mot de passe provisoire. "
        "Sans --ref ni --agent, le numéro de sécurité sociale est demandé au clavier : il ne passe jamais par la ligne de commande."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--ref", help="numéro de la personne dans le système d’information de la caisse")
        parser.add_argument("--agent", metavar="IDENTIFIANT", help="ouvre le compte d’un agent, sous cet identifiant")
        parser.add_argument("--nom", default="", help="nom de l’agent, tel qu’il signe")
        parser.add_argument("--caisse", help="code de la caisse de l’agent, NPC par exemple ; la première à défaut")
        parser.add_argument("--services", default="", help="codes des services de l’agent, séparés par des virgules")
        parser.add_argument(
            "--droit",
            action="append",
            default=[],
            choices=Droit.values,
            metavar="DROIT",
            help=f"droit particulier de l’agent : {', '.join(Droit.values)}",
        )
        parser.add_argument(
            "--role",
            default=None,
            choices=Role.values,
            metavar="ROLE",
            help=f"ce que l’agent est dans la caisse : {', '.join(Role.values)} ; gestionnaire à défaut",
        )
        parser.add_argument("--courriel", default="", help="adresse de l’agent, pour les alertes et le point du jour")

    def handle(self, *args: Any, ref: str | None, agent: str | None, **options: Any) -> None:
        if ref and agent:
            raise CommandError("Donnez --ref ou --agent, pas les deux.")
        if options["droit"] and not agent:
            raise CommandError("--droit est pour un agent : donnez --agent.")
        if (options["role"] or options["courriel"]) and not agent:
            raise CommandError("--role et --courriel sont pour un agent : donnez --agent.")
        try:
            with transaction.atomic():
                compte = self.agent(agent, options) if agent else self.member(ref)
                password = provisoires.issue(compte, provisoires.Canal.COURRIEL, by=SYSTEM)
        except Refusal as refusal:
            raise CommandError(refusal.phrase)
        self.stdout.write(f"Compte ouvert pour {compte.actor_label}.")
        self.stdout.write(f"Mot de passe provisoire, affiché cette seule fois : {password}")
        self.stdout.write(f"Il sert une fois, pendant {ENV.mail_password_days} jours, à en choisir un autre.")
        secret = totp.secret_of(compte)
        if secret is not None:
            issuer = f"Enclos {compte.caisse.nom}"
            self.stdout.write(f"Secret du second facteur : {totp.base32(secret)}")
            self.stdout.write(totp.address_for_telephone(secret, compte.identifiant or "", issuer))

    def member(self, ref: str | None) -> Compte:
        """The account of a person, found by reference or by a NIR read from the keyboard."""
        if ref:
            personne = Personne.objects.filter(ref=ref, closed_at=None).first()
        else:
            ask = getpass if sys.stdin.isatty() else input
            try:
                personne = person_by_nir(nir.normalise(ask("Numéro de sécurité sociale : ")))
            except nir.NirError as error:
                raise CommandError(error.phrase)
        if personne is None:
            raise CommandError("Cette personne n’est pas dans le registre : importez-la d’abord (enclos importer).")
        return actions.create_member(personne, None, by=SYSTEM)

    def agent(self, identifiant: str, options: dict[str, Any]) -> Compte:
        """The account of an agent, with the services they treat papers for."""
        caisses = Caisse.objects.order_by("-is_default", "pk")
        caisse = (caisses.filter(code=options["caisse"]) if options["caisse"] else caisses).first()
        if caisse is None:
            raise CommandError("Cette caisse n’existe pas : enclos charger-caisse FICHIER.toml.")
        codes = [code for code in options["services"].split(",") if code]
        services = list(Service.objects.filter(caisse=caisse, code__in=codes))
        missing = sorted(set(codes) - {service.code for service in services})
        role = options["role"] or Role.GESTIONNAIRE
        needs_team = role != Role.ADMINISTRATEUR  # who administers accounts opens nothing of anybody
        if missing or (needs_team and not services):
            known = ", ".join(Service.objects.filter(caisse=caisse).values_list("code", flat=True))
            what = f"Services inconnus : {', '.join(missing)}." if missing else "Donnez --services."
            raise CommandError(f"{what} Services de cette caisse : {known}.")
        if not options["nom"]:
            raise CommandError("Donnez --nom : les adhérents et le journal le lisent.")
        with transaction.atomic():
            compte = actions.create_agent(
                caisse, identifiant, options["nom"], services, None, courriel=options["courriel"], role=role, by=SYSTEM
            )
            set_rights(compte, options["droit"], by=SYSTEM)
        return compte
