"""What an agent of the help desk may see: the state of an account in words, for the time of a call, in her own fund."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from enclos.agents.models import Appel
from enclos.comptes.canaux import masked_mail
from enclos.comptes.models import (
    Association,
    Changement,
    ClePasse,
    Compte,
    Compteur,
    MotDePasseProvisoire,
    Session,
)
from enclos.comptes.roles import Acte, pour
from enclos.courrier.models import Lettre
from enclos.inscription.access import Standing, standing_of
from enclos.journal.access import lines_about
from enclos.journal.references import normalise as reference_of
from enclos.registre.models import Personne
from enclos.registre.rapprochement import same_name
from enclos.socle import nir, sealed
from enclos.socle.dates import moment
from enclos.suivi.models import Affaire

MOST_FOUND = 20
BORN_THAT_DAY = 2_000  # no fund has so many
SIGN_INS_SHOWN = 8
LINES_READ = 100
OPENED, REFUSED = "comptes.session.opened", "comptes.session.refused"
LETTERS_SHOWN = 5
CONCLUSIONS_SHOWN = 3


pour_assistance = pour(Acte.ASSISTER)
"""For agents who may help members, their second factor given: the others get 404."""


@dataclass(frozen=True)
class Trouvees:
    """Who was found, and by what: the journal keeps the means, never the number."""

    par: str
    personnes: Sequence[Personne]


def is_nir(numero: str) -> bool:
    """Whether what was typed is a social-security number, rather than a reference."""
    try:
        nir.normalise(numero)
    except nir.NirError:
        return False
    return True


def found(agent: Compte, *, numero: str, nom: str, naissance: date | None) -> Trouvees:
    """The persons of the agent's fund that answer; those of another fund are as unknown as anybody."""
    people = Personne.objects.select_related("caisse").filter(caisse=agent.caisse_id)
    if not numero:
        born = people.filter(date_naissance=naissance, closed_at=None).order_by("nom_naissance", "prenoms", "ref")
        named = [
            one for one in born[:BORN_THAT_DAY] if same_name(nom, one.nom_naissance) or same_name(nom, one.nom_usage)
        ]
        return Trouvees("nom", named[:MOST_FOUND])
    if is_nir(numero):
        index = sealed.blind_index(nir.normalise(numero))
        bearer = people.filter(Q(nir_index=index) | Q(nia_index=index), closed_at=None)
        return Trouvees("nir", list(bearer.order_by("ref")[:MOST_FOUND]))
    if one := people.filter(ref=numero.strip()).first():
        return Trouvees("ref", [one])
    sent = Affaire.objects.filter(reference=reference_of(numero), caisse=agent.caisse_id).order_by("pk")[:1]
    return Trouvees("envoi", list(people.filter(pk__in=[affaire.personne_id for affaire in sent]).order_by("ref")))


def person_for(agent: Compte, pk: str) -> Personne:
    """Somebody of the agent's fund; raises `Http404`."""
    try:
        key = UUID(pk)
    except ValueError:
        raise Http404 from None
    personne = Personne.objects.select_related("caisse").filter(pk=key, caisse=agent.caisse_id).first()
    if personne is None:
        raise Http404
    return personne


def appel_for(agent: Compte, pk: UUID) -> Appel:
    """A call this very agent opened, about somebody still of her fund; raises `Http404`."""
    rows = Appel.objects.select_related("personne__caisse", "personne__compte")
    appel = rows.filter(pk=pk, agent=agent, personne__caisse=agent.caisse_id).first()
    if appel is None:
        raise Http404
    return appel


def compte_of(personne: Personne) -> Compte | None:
    """Their account, when they have one."""
    return getattr(personne, "compte", None)


@dataclass(frozen=True)
class Entree:
    """A sign-in, as told to the agent: when, how, on what. Never where from nor what was done."""

    at: datetime
    methode: str
    navigateur: str


@dataclass(frozen=True)
class Situation:
    """Where somebody stands, in words: what an agent reads before saying anything on the telephone."""

    personne: Personne
    compte: Compte | None
    etat: str
    ton: str
    provisoire: MotDePasseProvisoire | None
    bloque_jusqu_a: datetime | None
    essais: int
    refus: int  # wrong passwords in the last 24 hours
    facteurs: Sequence[str]
    association: Association | None
    sessions: Sequence[Session]
    entrees: Sequence[Entree]
    lettres: Sequence[Lettre]
    inscription: Sequence[str]
    changements: Sequence[Changement]

    @property
    def nir(self) -> str:
        return nir.masked(self.personne.nir) if self.personne.nir_sealed else "non connu"

    @property
    def adresse(self) -> list[str]:
        """Without the name, which is above it."""
        return self.personne.lignes_adresse()[1:]

    @property
    def courriel(self) -> str:
        """« j•••@exemple.fr »: enough to tell which one, not to write to it."""
        return masked_mail(self.compte.courriel) if self.compte and self.compte.courriel else ""

    @property
    def telephone(self) -> str:
        """The last two digits."""
        return f"•• •• •• •• {self.compte.telephone[-2:]}" if self.compte and self.compte.telephone else ""

    @property
    def has_verified_mail(self) -> bool:
        return self.compte is not None and bool(self.compte.courriel and self.compte.courriel_verifie_at)

    @property
    def etat_provisoire(self) -> str:
        """What became of the last provisional password."""
        row = self.provisoire
        if row is None:
            return "Aucun"
        if row.used_at:
            return "A servi"
        if row.killed_at:
            return "Remplacé ou annulé"
        if row.expire_at <= timezone.now():
            return "Périmé"
        return "En attente"


def situation_of(personne: Personne) -> Situation:
    """Everything the screen shows, in a number of queries that does not depend on the account."""
    compte = compte_of(personne)
    now = timezone.now()
    state = standing_of(personne)
    entrees, refus = sign_ins_of(compte, since=now - timedelta(days=1))
    counters = list(Compteur.objects.filter(pk__in=counters_of(personne, compte), expire_at__gt=now).order_by("cle"))
    etat, ton = standing(personne, compte)
    return Situation(
        personne=personne,
        compte=compte,
        etat=etat,
        ton=ton,
        provisoire=MotDePasseProvisoire.objects.filter(compte=compte).order_by("-created_at", "-pk").first(),
        bloque_jusqu_a=max((row.libre_at for row in counters if row.libre_at > now), default=None),
        essais=sum(row.nombre for row in counters),
        refus=refus,
        facteurs=factors_in_words(compte) if compte else [],
        association=Association.objects.filter(compte=compte).order_by("created_at").first(),
        sessions=list(Session.objects.filter(compte=compte, expire_date__gt=now).order_by("-last_seen_at")),
        entrees=entrees,
        lettres=state.lettres[:LETTERS_SHOWN],
        inscription=registration_in_words(state),
        changements=list(
            Changement.objects.filter(compte=compte, confirmed_at=None, cancelled_at=None).order_by("created_at")
        ),
    )  # fmt: skip


def standing(personne: Personne, compte: Compte | None) -> tuple[str, str]:
    """The state of the account, and its tone."""
    if personne.decede:
        return "Personne décédée dans le registre : le compte ne s’ouvre plus", "rouge"
    if personne.closed_at is not None:
        return "Personne sortie du registre : le compte ne s’ouvre plus", "rouge"
    if compte is None:
        return "Aucun compte ouvert", "neutre"
    if compte.closed_at is not None:
        return "Compte fermé par l’adhérent", "neutre"
    if not compte.is_active:
        return "Compte bloqué", "rouge"
    if not compte.is_confirmed:
        return "Compte ouvert, à confirmer par le code d’un courrier", "ocre"
    return "Compte ouvert", "vert"


def registration_in_words(state: Standing) -> list[str]:
    """Where the opening of the account stands: what is begun, what became of the last ones, what the question closed."""
    said = [f"Commencée : {state.etape}."] if state.etape else []
    if state.bloque_jusqu_au is not None:
        said.append(
            f"Trop de réponses fausses à la question : par la poste seulement jusqu’au {moment(state.bloque_jusqu_au)}."
        )
    said += [
        f"{moment(row.created_at)} : {row.get_resultat_display()}." for row in state.conclusions[:CONCLUSIONS_SHOWN]
    ]
    return said


def counters_of(personne: Personne, compte: Compte | None) -> list[str]:
    """The counters that make this person wait at the sign-in page."""
    keys = [f"identifiant:{index}" for index in (personne.nir_index, personne.nia_index) if index]
    return [*keys, f"code:{compte.pk}"] if compte else keys


def factors_in_words(compte: Compte) -> list[str]:
    words = ["Application de codes"] if compte.totp_sealed else []
    if keys := ClePasse.objects.filter(compte=compte).count():
        words.append(f"{keys} clé{'s' if keys > 1 else ''} d’accès")
    return words


def sign_ins_of(compte: Compte | None, *, since: datetime) -> tuple[list[Entree], int]:
    """The last sign-ins, and how many were refused since then, among the lines read."""
    if compte is None:
        return [], 0
    lines = lines_about(compte).filter(event__in=[OPENED, REFUSED]).order_by("-at", "-pk")[:LINES_READ]
    methods = dict(Session.Methode.choices)
    opened = [
        Entree(
            line.at, methods.get(line.details.get("methode", ""), "Mot de passe"), line.details.get("navigateur", "")
        )
        for line in lines
        if line.event == OPENED
    ]
    return opened[:SIGN_INS_SHOWN], sum(line.event == REFUSED and line.at >= since for line in lines)
