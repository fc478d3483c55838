"""What those in charge of agents get by e-mail. No name of a member nor of an agent: an address, and figures."""

from datetime import date

from config.env import ENV
from enclos.agents.models import Alerte
from enclos.comptes.emails import send
from enclos.comptes.models import Compte
from enclos.courrier.actions import is_address
from enclos.courrier.models import Courriel
from enclos.journal.actions import Actor
from enclos.socle.dates import jour


def alerte(row: Alerte, superviseur: Compte, *, by: Actor) -> None:
    """Something must be looked at; what, is read on the portal alone."""
    if not is_address(superviseur.courriel):
        return
    send(
        f"agents.alerte:{row.pk}:{superviseur.pk}",
        to=superviseur.courriel,
        subject="Une alerte vous attend dans Enclos",
        body=(
            "Une alerte demande que vous la regardiez.\n\n"
            f"Elle est dans « À surveiller » :\n\n{ENV.base_url}/agent/a-surveiller/\n\n"
            "Elle y reste jusqu’à ce que vous ou un autre responsable ayez écrit ce que vous en avez fait."
        ),
        caisse=row.caisse,
        by=by,
    )


def is_point_written(superviseur: Compte, day: date) -> bool:
    """Whether this morning's was written already."""
    return Courriel.objects.filter(cle=point_key(superviseur, day)).exists()


def point_key(superviseur: Compte, day: date) -> str:
    return f"agents.point:{superviseur.pk}:{day}"


def point_du_jour(superviseur: Compte, day: date, lignes: list[str], *, by: Actor) -> None:
    """The figures of every team, each working morning, for whoever asked for them."""
    send(
        point_key(superviseur, day),
        to=superviseur.courriel,
        subject=f"Le point du {jour(day)}",
        body=(
            "Vos équipes, ce matin :\n\n"
            + "\n\n".join(lignes)
            + f"\n\nLe détail est dans « Supervision » :\n\n{ENV.base_url}/agent/supervision/\n\n"
            "Vous ne voulez plus cet e-mail ? Décochez « Recevoir le point du jour » au bas de cette même page."
        ),
        caisse=superviseur.caisse,
        by=by,
    )
