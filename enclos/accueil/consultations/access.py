"""What the journal says of who opened a member's data, in the member's words. What was fetched ahead and not shown is not told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from enclos.accueil.donnees.mots import nom_abrege
from enclos.comptes.equipe import teams_in_words
from enclos.comptes.models import Compte, Role
from enclos.journal.access import lines_concerning
from enclos.journal.models import Ligne
from enclos.registre.models import Personne
from enclos.socle.dates import heure, paris
from enclos.suivi.models import Affaire, Genre

AFFAIRE = Affaire._meta.label_lower

# What was displayed, as the rest of « Camille R. … ». « {} » is the name of the item. `agents.document.preloaded` is left out: nobody saw it.
DISPLAYED = {
    "agents.document.opened": "a ouvert votre document « {} »",
    "agents.document.downloaded": "a téléchargé votre document « {} »",
    "agents.original.opened": "a téléchargé le fichier d’origine de « {} »",
    "agents.message.opened": "a ouvert votre message « {} »",
    "agents.demande.opened": "a ouvert la liste des papiers qui vous sont demandés",
    "agents.personne.opened": "a ouvert votre fiche",
    "agents.assistance.opened": "a ouvert votre compte pour vous aider",
}
# The reasons of the help desk (`agents.Appel.Raison`), said to whom they are about.
RAISONS = {
    "telephone": "Vous avez appelé.",
    "accueil": "Vous étiez à l’accueil.",
    "ecrit": "Vous avez écrit.",
    "courrier": "Un courrier est revenu.",
    "autre": "Autre raison.",
}
LINES_READ, FACTS_SHOWN = 200, 20
AGAIN = timedelta(hours=1)  # the same thing opened again so soon is one consultation


@dataclass
class Consultation:
    """One line of the page: an agent opened something, once or several times within an hour."""

    at: datetime  # the last time
    since: datetime  # the first time
    qui: str
    equipe: str
    quoi: str
    raison: str = ""
    url: str = ""
    mot: str = ""  # of the link
    fois: int = 1

    @property
    def en_tout(self) -> str:
        """« 3 fois depuis 10 h 05 »."""
        return f"{self.fois} fois depuis {heure(self.since)}"

    @property
    def jour(self) -> date:
        return paris(self.at).date()


@dataclass(frozen=True)
class Consultations:
    """A page of them, newest first, and where the next one begins ("" at the end)."""

    faits: Sequence[Consultation]
    suite: str

    @property
    def par_jour(self) -> list[tuple[date, list[Consultation]]]:
        days: dict[date, list[Consultation]] = {}
        for fait in self.faits:
            days.setdefault(fait.jour, []).append(fait)
        return list(days.items())


@dataclass
class Groupe:
    """The lines that make one fact, the newest first."""

    lines: list[Ligne]

    def takes(self, line: Ligne) -> bool:
        """Whether this older line is the same opening again, within the hour of the one before."""
        last = self.lines[-1]
        return last.at - line.at < AGAIN and same(last) == same(line)


def same(line: Ligne) -> tuple[str, ...]:
    return line.event, line.actor_id, line.object_kind, line.object_id


def consultations_of(personne: Personne, *, before: str = "") -> Consultations:
    """Who opened this person's data; `before` is where the former page ended. As many queries whatever there is to tell."""
    lines = lines_concerning(str(personne.pk), DISPLAYED, most=LINES_READ + 1, before=place_of(before))
    groupes, last = grouped(lines[:LINES_READ])
    is_more = last is not None and last.pk != lines[-1].pk
    return Consultations(told(groupes, personne), token_of(last) if last and is_more else "")


def grouped(lines: Iterable[Ligne]) -> tuple[list[Groupe], Ligne | None]:
    """The openings that fit on a page, and the last line they tell."""
    groupes: list[Groupe] = []
    last = None
    for line in lines:
        if groupe := next((one for one in reversed(groupes) if one.takes(line)), None):
            groupe.lines.append(line)
        elif len(groupes) == FACTS_SHOWN:
            break
        else:
            groupes.append(Groupe([line]))
        last = line
    return groupes, last


def told(groupes: Sequence[Groupe], personne: Personne) -> list[Consultation]:
    """In words, with the items and the agents read together."""
    lines = [groupe.lines[0] for groupe in groupes]
    affaires = {
        str(affaire.pk): affaire
        for affaire in Affaire.objects.of(personne)
        .select_related("service")
        .filter(pk__in=[UUID(line.object_id) for line in lines if line.object_kind == AFFAIRE])
    }
    agents = {
        str(agent.pk): agent
        for agent in Compte.objects.filter(
            genre=Compte.Genre.AGENT, pk__in={UUID(line.actor_id) for line in lines}
        ).prefetch_related("services")
    }
    return [
        fact(groupe, affaires.get(groupe.lines[0].object_id), agents.get(groupe.lines[0].actor_id))
        for groupe in groupes
    ]


def fact(groupe: Groupe, affaire: Affaire | None, agent: Compte | None) -> Consultation:
    line = groupe.lines[0]
    return Consultation(
        at=line.at,
        since=groupe.lines[-1].at,
        qui=nom_abrege(line.actor_label),
        equipe=team_of(line, affaire, agent),
        quoi=what_of(line, affaire),
        raison=reason_of(line),
        url=url_of(affaire) if affaire else "",
        mot="Voir ce message" if affaire and not affaire.is_document else "Voir cet envoi",
        fois=len(groupe.lines),
    )


def what_of(line: Ligne, affaire: Affaire | None) -> str:
    """What was opened, with the name of the item when it still has one."""
    words = DISPLAYED[line.event]
    return words.format(affaire.libelle) if affaire else words.removesuffix(" « {} »").removesuffix(" de")


def team_of(line: Ligne, affaire: Affaire | None, agent: Compte | None) -> str:
    """« Gestionnaire, équipe Famille et logement », as the line says the agent was that day.

    Lines older than that say neither: the role of today, and the team of the item, or the agent's of today.
    """
    role = str(line.details.get("role", "")) or (agent.role if agent else "")
    if not role:
        return ""
    label = str(Role(role).label) if role in Role.values else role
    team = line.details.get("equipe")
    if team is None:
        team = (
            affaire.service.nom
            if affaire
            else teams_in_words([one.nom for one in agent.services.all()] if agent else [])
        )
    return f"{label}, équipe {team}" if team else label


def reason_of(line: Ligne) -> str:
    """Why the agent said they opened it, where they were asked."""
    raison = str(line.details.get("raison", ""))
    if line.event != "agents.assistance.opened":
        return raison
    if raison == "autre" and line.details.get("precision"):
        return str(line.details["precision"])
    return RAISONS.get(raison, "")


def url_of(affaire: Affaire) -> str:
    """Where the member reads this item."""
    name = "envois:envoi" if affaire.genre == Genre.DOCUMENT else "messagerie:fil"
    try:
        return reverse(name, args=[affaire.reference])
    except NoReverseMatch:
        return ""


def token_of(line: Ligne) -> str:
    """The place of a line in the order of the page, for an address."""
    return f"{line.at.astimezone(UTC):%Y%m%d%H%M%S%f}-{line.pk}"


def place_of(token: str) -> tuple[datetime, int] | None:
    """The place that an address names; None for what is no place."""
    at, _, pk = token.partition("-")
    if (
        len(at) != 20
        or not at.isascii()
        or not at.isdecimal()
        or not pk.isascii()
        or not pk.isdecimal()
        or len(pk) > 18
    ):
        return None
    try:
        return datetime.strptime(at, "%Y%m%d%H%M%S%f").replace(tzinfo=UTC), int(pk)
    except ValueError:
        return None
