"""What an agent may see: a document of her teams, whole, and the queues it comes from."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.core import signing
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from enclos.agents.adresses import affaire_url
from enclos.caisses.access import modeles_of as proposed_by
from enclos.caisses.access import nomenclatures
from enclos.caisses.modeles import filled
from enclos.caisses.models import ModeleReponse, Service
from enclos.coffre.models import Fichier
from enclos.comptes.models import Compte
from enclos.comptes.roles import Acte, peut
from enclos.envois.access import asked_alike, open_requests_of
from enclos.envois.models import DemandePapiers, DocumentEnvoye, PageEnvoyee, PapierDemande
from enclos.envois.personnes import Personnes
from enclos.journal.models import Ligne
from enclos.registre.access import is_fragile
from enclos.registre.models import Exploitation, Lien, Personne
from enclos.socle import nir
from enclos.socle.dates import age_on, today_paris
from enclos.suivi.access import affaire_for, for_list, others_of, queue_of
from enclos.suivi.filtres import Filtre
from enclos.suivi.models import Affaire, AffaireQuerySet, Note
from enclos.suivi.second_regard import affaire_to_look_at

# Who may give a second look, to the items of their whole fund.
LOOKING = (Acte.COMPTER, Acte.SUPERVISER)
QUEUE_PAGE = 25
OTHERS_SHOWN = 12
HISTORY_SHOWN = 60
NOTES_SHOWN = 20
SHEETS_SALT = "agents.feuilles"
SHEETS_HOUR = 3600  # seconds
SHEETS_HOURS = 10  # the longest session
# Fetched ahead for the next document: what one sees at once, and the page after.
PAGES_AHEAD = 2
THUMBNAILS_AHEAD = 8


@dataclass(frozen=True)
class Feuille:
    """One page as it is shown: the `page`-th, from 1, of a file."""

    rang: int
    fichier: Fichier
    page: int


class Lisible:
    """What an agent reads page by page: an item and its files. `fichiers` and `affaire` are those of each kind."""

    affaire: Affaire

    @property
    def fichiers(self) -> list[Fichier]:
        raise NotImplementedError

    @property
    def is_open_to_reading(self) -> bool:
        return bool(self.readable)

    @property
    def nom_pdf(self) -> str:
        """What it is called once downloaded."""
        return f"{self.affaire.reference}.pdf"

    @property
    def is_answered_by_post(self) -> bool:
        """The member has closed their account: nobody reads what is written here."""
        compte = getattr(self.affaire.personne, "compte", None)
        return compte is not None and compte.closed_at is not None

    @property
    def is_waiting(self) -> bool:
        """The antivirus has not answered: not openable yet."""
        return any(fichier.is_waiting for fichier in self.fichiers)

    @property
    def is_unscanned(self) -> bool:
        """There is no antivirus here: openable, and said."""
        return any(fichier.analyse == Fichier.Analyse.NON_ANALYSE for fichier in self.fichiers)

    @property
    def infected(self) -> list[Fichier]:
        return [fichier for fichier in self.fichiers if fichier.is_infected]

    @property
    def readable(self) -> list[Fichier]:
        return [fichier for fichier in self.fichiers if fichier.is_safe_to_open]

    @cached_property
    def feuilles(self) -> list[Feuille]:
        """Every page that can be shown, numbered through the files."""
        if not self.is_open_to_reading:
            return []
        sheets = [(fichier, page) for fichier in self.readable for page in range(1, fichier.pages + 1)]
        return [Feuille(rang, fichier, page) for rang, (fichier, page) in enumerate(sheets, start=1)]


@dataclass(frozen=True)
class Papier(Lisible):
    """A document on the bench: the item, what the member said of it, its files in order."""

    affaire: Affaire
    document: DocumentEnvoye
    pages: Sequence[PageEnvoyee]

    @property
    def personne_concernee(self) -> str:
        """Whom the document is about, as the member said it."""
        if self.document.concerne == DocumentEnvoye.Concerne.MOI:
            return self.affaire.personne.nom_complet
        return self.document.concerne_nom or self.document.get_concerne_display()

    @property
    def motif(self) -> str:
        """Why it was sent, in the words of the list and of the member."""
        libelle = self.document.motif.libelle if self.document.motif else ""
        return " : ".join(part for part in (libelle, self.document.motif_texte) if part)

    @property
    def fichiers(self) -> list[Fichier]:
        return [page.fichier for page in self.pages]

    @property
    def is_withdrawn(self) -> bool:
        """Medical: nothing of it is shown to anybody any more."""
        return self.affaire.is_medical or any(fichier.retrait == Fichier.Retrait.MEDICAL for fichier in self.fichiers)

    @property
    def is_open_to_reading(self) -> bool:
        return not self.is_withdrawn and not self.is_waiting and bool(self.readable)

    @property
    def nom_pdf(self) -> str:
        return f"{self.affaire.reference}-{self.document.rang}.pdf"

    @cached_property
    def personnes(self) -> Personnes:
        """The member’s household and farms, read once for the form that asks papers and for what stands beside the document."""
        return Personnes.of(self.affaire.personne)

    @cached_property
    def demandes(self) -> Sequence[DemandePapiers]:
        """What is still asked of the member, read once for the same reason."""
        return open_requests_of(self.affaire.personne)

    @cached_property
    def papiers_pareils(self) -> Sequence[PapierDemande]:
        """What this fund still asks of the very nature and person of this document, which was not sent for it."""
        if self.document.papier_id is not None or self.is_withdrawn:
            return []
        asked = [demande for demande in self.demandes if demande.caisse_id == self.affaire.caisse_id]
        papers = [papier for demande in asked for papier in demande.manquants]
        return asked_alike(self.document.nature_id, self.document, papers)


def papier_for(agent: Compte, pk: UUID) -> Papier:
    """A document of one of the agent's teams, or that waits for their second look; raises `Http404` for any other."""
    also = ("document__nature", "document__motif", "document__papier__demande")
    try:
        affaire = affaire_for(agent, pk, *also)
    except Http404:
        if not peut(agent, *LOOKING):
            raise
        affaire = affaire_to_look_at(agent, pk, *also)
    try:
        document = affaire.document
    except DocumentEnvoye.DoesNotExist as error:
        raise Http404 from error
    pages = PageEnvoyee.objects.filter(document=document).select_related("fichier").order_by("rang")
    return Papier(affaire, document, list(pages))


def fichier_of(papier: Lisible, pk: UUID) -> Fichier:
    """A file of this document, still shown to agents; raises `Http404`."""
    for fichier in papier.readable if papier.is_open_to_reading else []:
        if fichier.pk == pk:
            return fichier
    raise Http404


def can_fetch_original(papier: Lisible, agent: Compte) -> bool:
    """Originals are for the agent in charge alone: who holds the document, or decided upon it."""
    return papier.affaire.taken_by_id == agent.pk and papier.is_open_to_reading


def sheets_token(papier: Lisible, agent: Compte) -> str:
    """What lets this agent's browser fetch the pages: given by the screen or ahead of it, which writes so in the journal.

    The same for an hour: an image fetched ahead has the very address that the screen will ask for.
    """
    hour = int(time.time() // SHEETS_HOUR)
    return f"{hour:x}.{sheets_signature(papier.affaire.pk, agent, hour)}"


def sheets_signature(affaire_pk: UUID, agent: Compte, hour: int) -> str:
    return signing.Signer(salt=SHEETS_SALT).signature(f"{affaire_pk}:{agent.pk}:{hour}")


def check_sheets_token(token: str, affaire_pk: UUID, agent: Compte) -> None:
    """Raises `Http404` when it was never given to this agent for this document, or longer ago than a session lasts."""
    given, _, signature = token.partition(".")
    now = int(time.time() // SHEETS_HOUR)
    for hour in range(now, now - SHEETS_HOURS - 1, -1):
        if given == f"{hour:x}" and constant_time_compare(signature, sheets_signature(affaire_pk, agent, hour)):
            return
    raise Http404


def sheet_url(papier: Lisible, rang: int, largeur: str, token: str) -> str:
    """Where the image of a page is, as the screen writes it."""
    return f"{reverse('agents:page', args=[papier.affaire.pk, rang, largeur])}?j={token}"


def first_images(papier: Lisible, agent: Compte) -> list[str]:
    """What the screen of a document shows first: its first pages, then the list of pages when there are several."""
    token, sheets = sheets_token(papier, agent), papier.feuilles
    shown = [sheet_url(papier, feuille.rang, "lecture", token) for feuille in sheets[:PAGES_AHEAD]]
    if len(sheets) > 1:
        shown += [sheet_url(papier, feuille.rang, "vignette", token) for feuille in sheets[:THUMBNAILS_AHEAD]]
    return shown


def still_scanning() -> Exists:
    """For an item: a file of its document waits for the antivirus."""
    return Exists(
        PageEnvoyee.objects.filter(document__affaire=OuterRef("pk"), fichier__analyse=Fichier.Analyse.EN_COURS)
    )


def looks_asked() -> Exists:
    """For an item: it came without naming a paper asked, and this fund waits for one of its nature. Only who reads it can say."""
    asked = PapierDemande.objects.filter(
        answered_at=None,
        nature=OuterRef("affaire__nature"),
        demande__personne=OuterRef("affaire__personne"),
        demande__caisse=OuterRef("affaire__caisse"),
    )
    return Exists(DocumentEnvoye.objects.filter(Exists(asked), affaire=OuterRef("pk"), papier=None))


def takeable() -> AffaireQuerySet:
    """The items that can be read now: those the antivirus is looking at wait their turn."""
    return Affaire.objects.filter(~still_scanning())


@dataclass(frozen=True)
class PageDeFile:
    """A page of a queue, and the key of the next one."""

    lignes: Sequence[Affaire]
    suite: str


def queue_page(
    agent: Compte, *, filtre: Filtre, services: Sequence[Service], after: UUID | None, untaken: bool = False
) -> PageDeFile:
    """Twenty-five items of the queue; `untaken`, of those that nobody has."""
    rows = queue_of(agent, filtre=filtre, services=services, after=after, count=QUEUE_PAGE + 1, untaken=untaken)
    found = list(rows.annotate(is_scanning=still_scanning()))
    return PageDeFile(found[:QUEUE_PAGE], str(found[QUEUE_PAGE - 1].pk) if len(found) > QUEUE_PAGE else "")


def modeles_for(agent: Compte, service: Service | None) -> Sequence[ModeleReponse]:
    """The ready answers of the agent's fund: those of every team, and of `service`; by title."""
    wanted = {None, service.pk if service else None}
    return [modele for modele in proposed_by(agent.caisse_id) if modele.service_id in wanted]


def modeles_of(agent: Compte) -> Sequence[ModeleReponse]:
    """Every model of the agent's fund, those no longer proposed last."""
    rows = ModeleReponse.objects.filter(caisse=agent.caisse_id).select_related("service")
    return list(rows.order_by("-is_active", "titre"))


def modele_for(agent: Compte, pk: UUID) -> ModeleReponse:
    """A model of the agent's fund; raises `Http404` for any other."""
    modele = ModeleReponse.objects.filter(caisse=agent.caisse_id, pk=pk).select_related("service").first()
    if modele is None:
        raise Http404
    return modele


def service_named(services: Sequence[Service], code: str) -> Service | None:
    """The agent's team of this code; None when it is none of hers, or not asked for."""
    return next((service for service in services if service.code == code), None)


def groupes_of(services: Sequence[Service]) -> list[str]:
    """The groups of the nomenclature that these teams treat, in its order."""
    codes = {service.code for service in services}
    return list(dict.fromkeys(n.groupe for n in nomenclatures().natures.values() if n.service_code in codes))


def history_of(affaire: Affaire) -> Sequence[Ligne]:
    """What the journal says of this item, the latest first; not that a browser prepared it, which nobody did."""
    told = Ligne.objects.about(affaire).exclude(event="agents.document.preloaded")
    return list(told.order_by("-at", "-pk")[:HISTORY_SHOWN])


def masked_nir(personne: Personne) -> str:
    """The number with all but its end hidden: enough to be sure of the person on the telephone."""
    return nir.masked(personne.nir) if personne.nir_sealed else "non connu"


@dataclass(frozen=True)
class Echange:
    """A thread of messages, as the screen of an item lists it."""

    objet: str
    url: str
    etat: str
    ton: str
    at: datetime  # when its message was received


def echanges_of(others: Sequence[Affaire]) -> Sequence[Echange]:
    """Among the member's other items, the threads that this agent may open."""
    return [
        Echange(other.libelle, affaire_url(other), other.get_etat_display(), other.ton, other.received_at)
        for other in others
        if is_thread_of_hers(other)
    ]


def is_thread_of_hers(other: Affaire) -> bool:
    return not other.is_document and bool(getattr(other, "is_hers", False))


def notes_of(personne: Personne, agent: Compte) -> Sequence[Note]:
    """What the agents of this one's fund noted about this member, the latest first: a document sent to another fund takes no note along."""
    rows = (
        Note.objects.filter(personne=personne, agent__caisse=agent.caisse_id)
        .select_related("agent", "affaire", "struck_by")
        .order_by("-written_at", "-pk")
    )
    return list(
        rows.only(
            "personne_id", "texte", "written_at", "struck_at", "struck_why",
            "agent__nom", "affaire__libelle", "affaire__reference", "struck_by__nom",
        )[:NOTES_SHOWN]
    )  # fmt: skip


def note_if_any(affaire: Affaire, pk: UUID) -> Note | None:
    """A note about the member of this item; None once it is gone, or for that of somebody else."""
    return Note.objects.filter(personne=affaire.personne, agent__caisse=affaire.caisse_id, pk=pk).first()


def note_of(affaire: Affaire, pk: UUID) -> Note:
    """The same; raises `Http404`."""
    note = note_if_any(affaire, pk)
    if note is None:
        raise Http404
    return note


@dataclass(frozen=True)
class Contexte:
    """What is known of the member, beside the paper: enough not to ask for it, nothing of what other teams opened."""

    personne: Personne
    nir: str
    foyer: Sequence[Lien]
    exploitations: Sequence[Exploitation]
    is_fragile: bool
    demandes: Sequence[DemandePapiers]
    meme_envoi: Sequence[Affaire]
    ouvertes: Sequence[Affaire]
    anciennes: Sequence[Affaire]
    notes: Sequence[Note]
    echanges: Sequence[Echange]
    has_page: bool  # the agent may open the page of this person: an item may come from another fund

    @property
    def others(self) -> int:
        """How many other items are listed."""
        return len(self.meme_envoi) + len(self.ouvertes) + len(self.anciennes)

    @property
    def papiers_attendus(self) -> int:
        return sum(len(demande.manquants) for demande in self.demandes)

    @property
    def age(self) -> int | None:
        """In whole years, today in Paris; None when the day of birth is not known."""
        return age_on(self.personne.date_naissance, today_paris()) if self.personne.date_naissance else None


def contexte_of(
    affaire: Affaire,
    agent: Compte,
    personnes: Personnes | None = None,
    *,
    fragile: bool | None = None,
    demandes: Sequence[DemandePapiers] | None = None,
) -> Contexte:
    """The member of this item, whatever the team; seven queries, fewer when the caller knows `personnes`, `fragile` or `demandes`."""
    personne = affaire.personne
    personnes = personnes or Personnes.of(personne)
    others = others_of(affaire, agent, OTHERS_SHOWN)
    others_apart = [other for other in others if other.reference != affaire.reference]
    apart = [other for other in others_apart if not is_thread_of_hers(other)]
    return Contexte(
        personne=personne,
        nir=masked_nir(personne),
        foyer=personnes.foyer,
        exploitations=personnes.exploitations,
        is_fragile=is_fragile(personne, today_paris()) if fragile is None else fragile,
        demandes=open_requests_of(personne) if demandes is None else demandes,
        # Of a thread, the earlier items are on the screen already.
        meme_envoi=[other for other in others if other.is_document and other.reference == affaire.reference],
        ouvertes=[other for other in apart if not other.is_ended],
        anciennes=[other for other in apart if other.is_ended],
        notes=notes_of(personne, agent),
        echanges=echanges_of(others_apart),
        has_page=personne.caisse_id == agent.caisse_id and peut(agent, Acte.RECHERCHER),
    )


def filled_modeles(
    agent: Compte, affaire: Affaire, usages: Iterable[str]
) -> Mapping[str, Sequence[tuple[ModeleReponse, str]]]:
    """By decision, of `usages`, the ready answers for this item, each with its text filled in."""
    service = affaire.service
    values = {
        "prenom": affaire.personne.prenom,
        "document": affaire.libelle,
        "reference": affaire.reference,
        "service": service.nom,
        "telephone": service.telephone,
    }
    found = [(modele, filled(modele, values)) for modele in modeles_for(agent, service)]
    return {usage: [one for one in found if one[0].fits(usage, affaire.nature)] for usage in usages}


def ready_text(modeles: Mapping[str, Sequence[tuple[ModeleReponse, str]]], usage: str, key: str) -> str:
    """The text chosen under one decision; "" when it is not offered there."""
    return next((texte for modele, texte in modeles.get(usage, ()) if str(modele.pk) == key), "")


def joined(typed: str, ready: str) -> str:
    """What was typed, then the ready answer: nothing typed is ever lost, and the same answer chosen twice is there once."""
    typed = typed.strip()
    return typed if ready in typed else f"{typed}\n\n{ready}".strip()


def affaire_decided(agent: Compte, pk: UUID | None) -> Affaire | None:
    """The item on which this agent just decided, to say so on the next screen; None for any other."""
    if pk is None:
        return None
    decided = Affaire.objects.for_agent(agent).filter(taken_by=agent, ended_at__isnull=False)
    return for_list(decided).filter(pk=pk).first()
