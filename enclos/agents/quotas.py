"""How much an agent may read in a day, and what looks odd.

It is internal control against misuse of members' files, and nothing else (CNIL, délibération 2021-122: never to judge somebody's work):
what is kept says how many and when, goes after thirty days, and is shown to those in charge alone.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Final

from django.core.cache import cache as shared
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from config.env import ENV
from enclos.agents import emails
from enclos.agents.models import Alerte, Consultation, Lecture, Quota
from enclos.caisses.models import Caisse
from enclos.comptes.models import Compte, Droit, Role
from enclos.journal.actions import Actor, record
from enclos.registre.models import Personne
from enclos.registre.rapprochement import words_of
from enclos.socle.dates import today_paris
from enclos.socle.refusals import Refusal

KEPT_DAYS = 30
NEAR = 80  # per cent of the limit: a word is said
NAMES_KEPT = 60  # seconds
RAISED_AT_MOST = 3  # times the usual limit
MOTS: Final[Mapping[str, str]] = {
    Lecture.DOCUMENT: "documents",
    Lecture.PERSONNE: "fiches de personnes",
    Lecture.NUMERO: "recherches par numéro de sécurité sociale",
}


class QuotaReached(Refusal):
    """The agent has read as much as they may today: somebody in charge can raise it."""

    def __init__(self, quota: Quota, who: str) -> None:
        super().__init__(
            f"Vous avez atteint la limite du jour : {quota.limite} {MOTS[quota.genre]}. "
            f"Si votre travail en demande plus, appelez {who} : la limite peut être relevée tout de suite, pour la journée.",
            code="quota",
            status=429,
        )


class OutOfBounds(Refusal):
    """A limit is raised above what it is, and to three times the usual at most."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__(f"La nouvelle limite doit être entre {least} et {most}.", code="quota_hors_bornes")


@cache
def table() -> dict[str, dict[str, int]]:
    """The limits of a day by role, as `ENCLOS_AGENT_QUOTAS` gives them. Raises `ValueError` on a line that is none."""
    limits: dict[str, dict[str, int]] = {}
    for line in ENV.agent_quotas:
        role, *figures = line.split(":")
        documents, personnes, numeros = (int(figure) for figure in figures)
        limits[Role(role)] = {
            Lecture.DOCUMENT: documents,
            Lecture.PERSONNE: personnes,
            Lecture.NUMERO: numeros,
        }
    if missing := set(Role.values) - set(limits):
        raise ValueError(f"rôles sans limite : {', '.join(sorted(missing))}")
    return limits


def limit_of(agent: Compte, genre: str) -> int:
    """What the agent's role may read in a day; the right to help members gives what the accueil may, when that is more."""
    roles = [agent.role, Role.ACCUEIL] if Droit.ASSISTANCE in agent.droits else [agent.role]
    return max(table()[role][genre] for role in roles)


def most_of(agent: Compte, genre: str) -> int:
    """The highest that a superviseur may give for the day."""
    return max(limit_of(agent, genre), 1) * RAISED_AT_MOST


def count(
    agent: Compte, genre: str, *, objet: object = "", personne: Personne | None = None, is_hors: bool = False
) -> None:
    """Count one reading, once a day for the same `objet`; tell who reads at 80 %. Raises `QuotaReached`, and tells those in charge.

    `personne` is whose it is: an agent who opens their own file, or a colleague's, is not stopped, since a name proves nothing; those
    in charge learn it.
    """
    jour = today_paris()
    try:
        with transaction.atomic():
            if objet and not is_first_of_day(agent, genre, jour, str(objet), is_hors=is_hors):
                return
            quota = add_one(agent, genre, jour)
    except QuotaReached:
        tell_reached(agent, genre, jour)
        raise
    if quota.nombre * 100 >= quota.limite * NEAR:
        say_near(agent, quota)
    if personne is not None:
        look_for_kin(agent, personne, jour)
    if is_hors:
        look_for_hurry(agent, jour)


def is_first_of_day(agent: Compte, genre: str, jour: date, objet: str, *, is_hors: bool) -> bool:
    """Whether this was not read yet; of two openings at the same instant, the database lets one be first."""
    _, is_new = Consultation.objects.get_or_create(
        agent=agent, jour=jour, genre=genre, objet=objet, defaults={"is_hors": is_hors}
    )
    return is_new


def add_one(agent: Compte, genre: str, jour: date) -> Quota:
    """One more, in one statement that refuses past the limit. Raises `QuotaReached`."""
    quota = quota_of(agent, genre, jour)
    if not Quota.objects.filter(pk=quota.pk, nombre__lt=F("limite")).update(nombre=F("nombre") + 1):
        raise QuotaReached(quota, who_to_call(agent))
    quota.nombre += 1
    return quota


def quota_of(agent: Compte, genre: str, jour: date) -> Quota:
    """The counter of that day, opened at the limit of the role."""
    quota, _ = Quota.objects.get_or_create(
        agent=agent, jour=jour, genre=genre, defaults={"limite": limit_of(agent, genre)}
    )
    return quota


def today_of(agent: Compte, genre: str) -> Quota:
    """The counter of today as it stands, not written when nothing was read yet."""
    known = Quota.objects.filter(agent=agent, jour=today_paris(), genre=genre).first()
    return known or Quota(agent=agent, jour=today_paris(), genre=genre, limite=limit_of(agent, genre))


def is_reached(agent: Compte, genre: str) -> bool:
    """Whether nothing more may be read today: what would be fetched ahead is then left where it is."""
    quota = today_of(agent, genre)
    return quota.nombre >= quota.limite


def superviseurs_of(agent: Compte) -> list[Compte]:
    """Who is in charge of this agent: of one of their teams, else of the fund."""
    known = Compte.objects.filter(
        genre=Compte.Genre.AGENT, role=Role.SUPERVISEUR, is_active=True, caisse=agent.caisse_id
    ).exclude(pk=agent.pk)
    of_teams = list(known.filter(services__in=agent.services.all()).order_by("nom", "pk").distinct())
    return of_teams or list(known.order_by("nom", "pk"))


def who_to_call(agent: Compte) -> str:
    """« Nadia Fontaine ou Paul Petit », or words for nobody in particular."""
    names = [one.nom for one in superviseurs_of(agent)[:3]]
    return " ou ".join(names) or "votre responsable"


def say_near(agent: Compte, quota: Quota) -> None:
    """A word at the top of the page."""
    left = quota.limite - quota.nombre
    what = MOTS[quota.genre]
    agent.mot_affiche = (
        f"Encore {left} {what} aujourd’hui : la limite du jour est de {quota.limite}."
        if left
        else f"C’était la dernière de la limite du jour ({quota.limite} {what}). Pour continuer, appelez {who_to_call(agent)}."
    )


# --- what those in charge are told


@transaction.atomic
def raise_alarm(agent: Compte, genre: Alerte.Genre, cle: str, texte: str) -> bool:
    """Tell those in charge of this agent, once for the same `cle`."""
    return alarm(agent.caisse, genre, cle, texte, agent=agent, to=superviseurs_of(agent), by=agent)


@transaction.atomic
def alarm(
    caisse: Caisse,
    genre: Alerte.Genre,
    cle: str,
    texte: str,
    *,
    agent: Compte | None = None,
    to: Sequence[Compte],
    by: Actor,
) -> bool:
    """Put it in « À surveiller » of those in charge and write to them, once for the same `cle`."""
    alerte, is_new = Alerte.objects.get_or_create(
        cle=cle[:120], defaults={"caisse": caisse, "genre": genre, "agent": agent, "texte": texte[:250]}
    )
    if is_new:
        record("agents.alerte.raised", alerte, by=by, genre=genre.value)
        for superviseur in to:
            emails.alerte(alerte, superviseur, by=by)
    return is_new


def tell_reached(agent: Compte, genre: str, jour: date) -> None:
    quota = quota_of(agent, genre, jour)
    raise_alarm(
        agent,
        Alerte.Genre.QUOTA,
        f"quota:{agent.pk}:{genre}:{jour}",
        f"{agent.nom} a atteint sa limite du jour : {quota.limite} {MOTS[genre]}.",
    )


def look_for_kin(agent: Compte, personne: Personne, jour: date) -> None:
    """An agent is tied to no person of the registry: the same name in the same fund is a sign, not a proof."""
    words = set(words_of(f"{personne.prenom} {personne.nom_naissance} {personne.nom_usage}"))
    first = set(words_of(personne.prenom))
    for pk, nom in names_of_agents(agent.caisse_id):
        known = set(words_of(nom))
        if len(known) < 2 or not known <= words or not known & first:
            continue
        is_own = pk == str(agent.pk)
        raise_alarm(
            agent,
            Alerte.Genre.SOI_MEME if is_own else Alerte.Genre.COLLEGUE,
            f"nom:{agent.pk}:{personne.pk}:{jour}",
            f"{agent.nom} a ouvert un dossier au nom "
            + ("qui est le sien." if is_own else "d’un agent de la caisse.")
            + " Deux personnes peuvent porter le même nom : vérifiez.",
        )


def names_of_agents(caisse_id: int) -> list[tuple[str, str]]:
    """The agents of the fund, read once a minute."""
    key = f"agents.noms.{caisse_id}"
    found: list[tuple[str, str]] | None = shared.get(key)
    if found is None:
        rows = Compte.objects.filter(genre=Compte.Genre.AGENT, caisse=caisse_id, is_active=True)
        found = [(str(pk), nom) for pk, nom in rows.order_by("pk").values_list("pk", "nom")]
        shared.set(key, found, NAMES_KEPT)
    return found


def look_for_hurry(agent: Compte, jour: date) -> None:
    """More persons out of the agent's portfolio, within an hour, than a counter sees."""
    since = timezone.now() - timedelta(hours=1)
    seen = Consultation.objects.filter(agent=agent, is_hors=True, at__gte=since).count()
    if seen > ENV.outside_per_hour:
        raise_alarm(
            agent,
            Alerte.Genre.HORS,
            f"hors:{agent.pk}:{timezone.now():%Y-%m-%dT%H}",
            f"{agent.nom} a ouvert {seen} fiches hors de son portefeuille en une heure.",
        )


# --- what those in charge decide


@transaction.atomic
def lift(agent: Compte, genre: str, *, limite: int, raison: str, by: Compte) -> Quota:
    """Raise what an agent may read today. Raises `Refusal` for oneself, `OutOfBounds` for less than now or more than three times the usual."""
    if agent.pk == by.pk:
        raise Refusal("Personne ne relève sa propre limite : demandez à un collègue.", code="son_propre_quota")
    quota = Quota.objects.select_for_update(no_key=True, of=("self",)).get(pk=quota_of(agent, genre, today_paris()).pk)
    if not quota.limite < limite <= most_of(agent, genre):
        raise OutOfBounds(quota.limite + 1, most_of(agent, genre))
    before, quota.limite, quota.releve_par, quota.raison = quota.limite, limite, by, raison
    quota.save(update_fields=["limite", "releve_par", "raison"])
    record("agents.quota.raised", quota, by=by, agent=agent.nom, genre=genre, avant=before, apres=limite, raison=raison)
    return quota


@transaction.atomic
def close_alarm(alerte: Alerte, *, mot: str, by: Compte) -> Alerte:
    """Say what was made of it: it leaves « À surveiller ». A second click changes nothing."""
    alerte = Alerte.objects.select_for_update(no_key=True, of=("self",)).get(pk=alerte.pk)
    if alerte.seen_at is not None:
        return alerte
    if alerte.agent_id == by.pk:
        raise Refusal("Cette alerte vous concerne : un autre responsable doit la regarder.", code="alerte_sur_soi")
    alerte.seen_at, alerte.seen_by, alerte.mot = timezone.now(), by, mot
    alerte.save(update_fields=["seen_at", "seen_by", "mot"])
    record("agents.alerte.closed", alerte, by=by, mot=mot)
    return alerte


def forget_old_readings(*, by: Actor) -> int:
    """What was read more than thirty days ago is counted no more; the journal keeps its own time."""
    limit = today_paris() - timedelta(days=KEPT_DAYS)
    gone = Consultation.objects.filter(jour__lt=limit).delete()[0] + Quota.objects.filter(jour__lt=limit).delete()[0]
    if gone:
        record("agents.quota.forgotten", by=by, lignes=gone)
    return gone
