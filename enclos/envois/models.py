"""What a member sends: a draft, its documents and their pages, then a sending that never changes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from config.env import ENV
from enclos.accuses.models import Accuse
from enclos.bibliotheque.models import Document
from enclos.caisses.access import caisse_of
from enclos.caisses.models import Caisse, Motif, Nature, Service, Silence
from enclos.coffre.models import Fichier
from enclos.comptes.models import Compte
from enclos.envois.attente import attente
from enclos.journal.references import new_reference
from enclos.registre.models import Personne
from enclos.socle.dates import jour, paris, today_paris
from enclos.socle.identifiants import uuid7
from enclos.socle.promesses import Promesse, PromesseQuerySet
from enclos.suivi.models import Affaire, Etat


class Concernant(models.Model):
    """Something that is about a person: the member, somebody of the household, the farm, another by name."""

    class Concerne(models.TextChoices):
        MOI = "moi", "Vous-même"
        FOYER = "foyer", "Quelqu’un de votre foyer"
        EXPLOITATION = "exploitation", "Votre exploitation"
        AUTRE = "autre", "Une autre personne"

    concerne = models.CharField(max_length=12, choices=Concerne, blank=True)
    concerne_cle = models.CharField(max_length=60, blank=True)  # rang of the link, or SIRET
    concerne_nom = models.CharField(max_length=160, blank=True)  # as shown, kept as it was that day
    concerne_naissance = models.DateField(null=True)

    class Meta:
        abstract = True

    @property
    def concerne_en_mots(self) -> str:
        return "vous-même" if self.concerne == self.Concerne.MOI else self.concerne_nom

    @property
    def concerne_choix(self) -> str:
        """As the list of persons of a form types it."""
        return f"{self.concerne}:{self.concerne_cle}" if self.concerne_cle else self.concerne

    def is_about_same(self, other: "Concernant") -> bool:
        """Whether both are about one person: the same line of the household or of the farms, or the same name typed twice."""
        mine, theirs = (self.concerne or self.Concerne.MOI, other.concerne or self.Concerne.MOI)
        if (mine, self.concerne_cle) == (theirs, other.concerne_cle) and mine != self.Concerne.AUTRE:
            return True
        names = {" ".join(one.concerne_nom.casefold().split()) for one in (self, other)}
        return "" not in names and len(names) == 1


class DemandePapiers(models.Model):
    """Papers the fund asked a member for: a numbered list, dated."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reference = models.CharField(max_length=20, unique=True, default=new_reference)
    caisse = models.ForeignKey(Caisse, on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    personne = models.ForeignKey(Personne, on_delete=models.PROTECT, related_name="demandes_papiers")
    affaire = models.ForeignKey(
        Affaire, on_delete=models.PROTECT, null=True, related_name="demandes"
    )  # it completes it
    # What was opened for the agents since: the date went by, or the member wrote that they have not the paper.
    relance = models.ForeignKey(Affaire, on_delete=models.PROTECT, null=True, related_name="relances_papiers")
    libelle = models.CharField(max_length=160)  # « Votre aide au logement »
    message = models.TextField(blank=True)
    due_on = models.DateField()  # the date of the whole list; each paper has its own
    base_juridique = models.CharField(max_length=160, blank=True)
    silence = models.CharField(max_length=12, choices=Silence, blank=True)  # of the request it completes, that day
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.CharField(max_length=120, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["personne", "due_on"], name="demande_open", condition=Q(closed_at=None))]

    def __str__(self) -> str:
        return self.reference

    @property
    def ailleurs(self) -> str:
        """The name of the fund that asks, when it is not the member's own; "" when it is."""
        return "" if self.caisse_id == self.personne.caisse_id else caisse_of(self.caisse_id).nom

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def asked_on(self) -> date:
        return paris(self.asked_at).date()

    @property
    def manquants(self) -> "list[PapierDemande]":
        """What is still waited for, in order; read beforehand on the home page, where it is all that is read."""
        read: list[PapierDemande] | None = vars(self).get("attendus")
        return [papier for papier in self.papiers.all() if papier.is_expected] if read is None else read

    @property
    def a_donner(self) -> "list[PapierDemande]":
        """What the member still has to give: less what they wrote that they have not, while an agent reads it."""
        return [papier for papier in self.manquants if not papier.is_mot_a_lire]

    @property
    def mots_a_lire(self) -> "list[PapierDemande]":
        """The papers that the member wrote not to have: an agent must answer."""
        return [papier for papier in self.manquants if papier.is_mot_a_lire]

    @property
    def attente(self) -> str:
        """« 2 papiers : 1 avant le 11 décembre 2026, 1 avant le 24 décembre 2026 »: what the member still has to give."""
        return attente(self.a_donner)

    @property
    def has_several_days(self) -> bool:
        return len({papier.due_on for papier in self.a_donner}) > 1

    @property
    def reponse_on(self) -> date | None:
        """By when an agent answers the member's words, or deals with the list that came back; None when nothing waits for an agent."""
        return self.relance.due_on if self.relance is not None and not self.relance.is_ended else None

    @property
    def next_on(self) -> date:
        """The first date that counts for the member: that of the first paper they have to give."""
        return min((papier.due_on for papier in self.a_donner or self.manquants), default=self.due_on)

    @property
    def is_late(self) -> bool:
        return bool(self.a_donner) and self.next_on < today_paris()

    @property
    def is_suspending(self) -> bool:
        """Whether the file waits: something indispensable is missing (CRPA L114-5-1)."""
        return any(papier.is_indispensable for papier in self.papiers.all())

    @property
    def effet(self) -> str:
        """What the list changes to the day when silence becomes a decision (CRPA R112-11-4), for the member."""
        if not self.is_suspending:
            return "Nous continuons à traiter votre dossier sans attendre ces papiers."
        legal_on = self.affaire.legal_on if self.affaire else None
        if self.silence == Silence.ACCEPTATION:
            if legal_on:
                return (
                    "Nous avons tout ce qui est indispensable. Sans réponse de notre part, votre demande est acceptée "
                    f"le {jour(legal_on)}."
                )
            return (
                "Le délai au bout duquel votre demande est acceptée, sans réponse de notre part, commence le jour où nous avons "
                "tous les papiers indispensables."
            )
        if self.silence == Silence.REJET and legal_on:
            until = max(papier.due_on for papier in self.papiers.all() if papier.is_indispensable)
            return (
                "Le délai au bout duquel votre demande est refusée, sans réponse de notre part, est suspendu depuis le "
                f"{jour(self.asked_on)}, et jusqu’au {jour(until)} au plus tard. Il repart dès que nous avons tous les papiers "
                f"indispensables, et finit alors au plus tard le {jour(legal_on)}."
            )
        return "Nous décidons quand nous avons tous les papiers indispensables."


def paper_label(nature: Nature, precision: str) -> str:
    """« Avis d’impôt sur le revenu, page 2 »."""
    return f"{nature.libelle}, {precision}" if precision else nature.libelle


SINON_INDISPENSABLE = "Sans ce papier, nous ne pouvons pas prendre de décision."
SINON = "Sans ce papier, nous continuons à traiter votre dossier. Le paiement peut devoir l’attendre."


class PapierDemande(Concernant):
    """One paper of the list: what, about whom, why, by when, and what happens otherwise."""

    class Etat(models.TextChoices):
        ATTENDU = "attendu", "Attendu"
        ENVOYE = "envoye", "Envoyé"
        ACCEPTE = "accepte", "Accepté"
        A_REFAIRE = "a_refaire", "À refaire"
        POSTE = "poste", "Reçu par la poste"
        RETIRE = "retire", "Plus demandé"

    EXPECTED = (Etat.ATTENDU, Etat.A_REFAIRE)
    TONS: ClassVar[dict[str, str]] = {
        Etat.ATTENDU: "ocre",
        Etat.A_REFAIRE: "rouge",
        Etat.ACCEPTE: "vert",
        Etat.POSTE: "vert",
    }

    demande = models.ForeignKey(DemandePapiers, on_delete=models.CASCADE, related_name="papiers")
    rang = models.PositiveSmallIntegerField()
    nature = models.ForeignKey(Nature, on_delete=models.PROTECT, related_name="+")
    precision = models.CharField(max_length=200, blank=True)  # « page 2 », « de juillet à septembre »
    raison = models.CharField(max_length=250)
    due_on = models.DateField()
    is_indispensable = models.BooleanField(default=True)  # the decision waits for it (CRPA L114-5-1)
    sinon = models.CharField(max_length=250, blank=True)  # what happens without it, in other words than ours
    etat = models.CharField(max_length=12, choices=Etat, default=Etat.ATTENDU)
    etat_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(
        null=True
    )  # nothing is waited for any more: sent, posted, or not asked any longer
    recu_on = models.DateField(null=True)  # the day it came, by the portal or by the post, in Paris
    refaire = models.TextField(blank=True)  # why it must be sent again
    mot = models.TextField(blank=True)  # « Je n’ai pas ce papier », in the member’s words
    mot_at = models.DateTimeField(null=True)
    mot_reponse = models.TextField(blank=True)  # what the fund answered to it
    depasse_at = models.DateTimeField(null=True)  # when the member and the agents were told that its date went by
    # What the fund holds and the agent thinks is the very paper: it only wants a yes.
    proposition = models.ForeignKey(Document, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["rang"]
        indexes = [
            models.Index(fields=["due_on"], name="papier_attendu", condition=Q(answered_at=None)),
            models.Index(fields=["etat", "etat_at"], name="papier_etat"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["demande", "rang"], name="papier_rang"),
            models.CheckConstraint(
                condition=Q(answered_at=None, etat__in=["attendu", "a_refaire"])
                | Q(answered_at__isnull=False, etat__in=["envoye", "accepte", "poste", "retire"]),
                name="a_paper_is_waited_for_or_answered",
            ),
            models.CheckConstraint(condition=~Q(raison=""), name="a_paper_says_why"),
        ]

    def __str__(self) -> str:
        return self.libelle

    @property
    def libelle(self) -> str:
        return paper_label(self.nature, self.precision)

    @property
    def is_expected(self) -> bool:
        return self.answered_at is None

    @property
    def is_late(self) -> bool:
        return self.is_expected and self.due_on < today_paris()

    @property
    def is_mot_a_lire(self) -> bool:
        """« Je n’ai pas ce papier » was said, and nothing was done about it since: it is the fund's turn."""
        return self.is_expected and self.mot_at is not None and not self.mot_reponse and self.mot_at >= self.etat_at

    @property
    def mot_on(self) -> date | None:
        return paris(self.mot_at).date() if self.mot_at else None

    @property
    def etat_pour_agent(self) -> str:
        """The same as the member reads, but for what is the agent's to do."""
        return f"Mot du {jour(self.mot_on)}, à lire" if self.is_mot_a_lire and self.mot_on else self.etat_en_mots

    @property
    def etat_en_mots(self) -> str:
        """« Attendu », « Envoyé le 3 décembre 2026 », « Reçu par la poste le… », « Votre mot du… est lu par un agent »: for the member."""
        if self.is_mot_a_lire and self.mot_on:
            return f"Votre mot du {jour(self.mot_on)} est lu par un agent"
        if self.is_late:
            return f"{self.get_etat_display()}, délai dépassé"
        if self.etat in {self.Etat.ENVOYE, self.Etat.POSTE} and self.recu_on:
            return f"{self.get_etat_display()} le {jour(self.recu_on)}"
        return self.get_etat_display()

    @property
    def ton(self) -> str:
        if self.is_mot_a_lire:
            return "neutre"
        return "rouge" if self.is_late else self.TONS.get(self.etat, "neutre")

    @property
    def ton_pour_agent(self) -> str:
        return "ocre" if self.is_mot_a_lire else self.ton

    @property
    def consequence(self) -> str:
        """What happens otherwise."""
        return self.sinon or (SINON_INDISPENSABLE if self.is_indispensable else SINON)

    @property
    def goes_by_post(self) -> bool:
        """The law wants the original on paper."""
        return self.nature.original_par_poste

    @property
    def dernier(self) -> "DocumentEnvoye | None":
        """The last document sent for it."""
        return max((d for d in self.documents.all() if d.affaire_id), key=lambda document: document.pk, default=None)


def draft_expiry() -> datetime:
    return timezone.now() + timedelta(days=ENV.draft_days)


class EnvoiQuerySet(PromesseQuerySet["Envoi"]):
    def of(self, personne: Personne) -> "EnvoiQuerySet":
        return self.filter(personne=personne)

    def drafts(self) -> "EnvoiQuerySet":
        return self.filter(submitted_at=None)

    def sent(self) -> "EnvoiQuerySet":
        return self.exclude(submitted_at=None)


class Envoi(Promesse):
    """A draft, then a sending. Its promise, once sent: the accusé de réception, all its files being scanned."""

    DELAYS = (3, 5, 10, 30, 60, 300)
    GIVE_UP_AFTER = 20_000  # a scanner may be away for days: what waits too long is shown to the agents, never dropped

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    next_at = models.DateTimeField(null=True)  # nothing is promised before it is sent
    reference = models.CharField(max_length=20, unique=True, default=new_reference)
    caisse = models.ForeignKey(Caisse, on_delete=models.PROTECT, related_name="+")
    personne = models.ForeignKey(Personne, on_delete=models.PROTECT, related_name="envois")
    compte = models.ForeignKey(Compte, on_delete=models.PROTECT, related_name="+")
    demande = models.ForeignKey(DemandePapiers, on_delete=models.PROTECT, null=True, related_name="envois")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    expires_at = models.DateTimeField(default=draft_expiry)
    submitted_at = models.DateTimeField(null=True)  # the date of receipt: the commit that makes it a sending
    sender = models.JSONField(default=dict)  # who sent, as known that day (CRPA R112-9-1)
    attestation = models.CharField(max_length=40, blank=True)  # version of the text attested
    accuse_enregistrement = models.OneToOneField(Accuse, on_delete=models.PROTECT, null=True, related_name="+")
    accuse_reception = models.OneToOneField(Accuse, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[EnvoiQuerySet] = EnvoiQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            Promesse.index("envoi_due"),
            Promesse.broken_index("envoi_broken"),
            models.Index(fields=["personne", "-submitted_at"], name="envoi_personne"),
            models.Index(fields=["expires_at"], name="envoi_draft", condition=Q(submitted_at=None)),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def ailleurs(self) -> str:
        """The name of the fund it goes to, when it is not the member's own; "" when it is."""
        return "" if self.caisse_id == self.personne.caisse_id else caisse_of(self.caisse_id).nom

    @property
    def is_draft(self) -> bool:
        return self.submitted_at is None

    @property
    def is_answered(self) -> bool:
        """Every document has its answer."""
        return all(document.affaire and document.affaire.is_ended for document in self.documents.all())

    @property
    def reponse_on(self) -> date | None:
        """By when the last of its documents is answered; None once all are."""
        affaires = [document.affaire for document in self.documents.all()]
        return max((one.due_on for one in affaires if one and not one.is_ended), default=None)

    @property
    def is_late(self) -> bool:
        return any(document.affaire is not None and document.affaire.is_late for document in self.documents.all())

    @property
    def accuse(self) -> Accuse | None:
        """The receipt of reception, or that of registration while files are being scanned."""
        return self.accuse_reception or self.accuse_enregistrement


@dataclass(frozen=True)
class Jalon:
    """A moment of the life of a document."""

    mot: str
    at: datetime | None
    is_current: bool
    prevu_on: date | None = None  # for what is promised, and has not happened


class DocumentEnvoye(Concernant):
    """One document of a sending: what it is, whom it concerns, why it is sent."""

    envoi = models.ForeignKey(Envoi, on_delete=models.CASCADE, related_name="documents")
    rang = models.PositiveSmallIntegerField()
    papier = models.ForeignKey(PapierDemande, on_delete=models.PROTECT, null=True, related_name="documents")
    nature = models.ForeignKey(Nature, on_delete=models.PROTECT, null=True, related_name="+")
    libelle_libre = models.CharField(max_length=120, blank=True)
    motif = models.ForeignKey(Motif, on_delete=models.PROTECT, null=True, related_name="+")
    motif_texte = models.CharField(max_length=250, blank=True)
    affaire = models.OneToOneField(Affaire, on_delete=models.PROTECT, null=True, related_name="document")

    class Meta:
        ordering = ["rang"]
        constraints = [models.UniqueConstraint(fields=["envoi", "rang"], name="document_rang")]

    def __str__(self) -> str:
        return f"{self.envoi_id}/{self.rang}"

    @property
    def libelle(self) -> str:
        """What it is, in the words of the nomenclature, of the request it answers, or of the member."""
        if self.nature is None:
            return "Document à préciser"
        if self.papier:
            return paper_label(self.nature, self.papier.precision)
        return self.libelle_libre or self.nature.libelle

    @property
    def etat(self) -> str:
        """The word a member reads: that of the item once there is one."""
        return self.affaire.get_etat_display() if self.affaire else "Envoyé"

    @property
    def demandes(self) -> list[DemandePapiers]:
        """What was asked to complete it."""
        return list(self.affaire.demandes.all()) if self.affaire and self.affaire.etat == Etat.A_COMPLETER else []

    @property
    def ton(self) -> str:
        """The tone of its badge and of its answer."""
        return self.affaire.ton if self.affaire else "neutre"

    def jalons(self) -> list[Jalon]:
        """Envoyé → Reçu → En cours → its answer: what happened is dated, what is next is not."""
        envoi, affaire = self.envoi, self.affaire
        recu = envoi.accuse_reception.issued_at if envoi.accuse_reception else None
        taken = affaire.taken_at if affaire else None
        ended = affaire.ended_at if affaire else None
        answer = self.etat if ended else "Réponse"
        steps = [("Envoyé", envoi.submitted_at), ("Reçu", recu), ("En cours", taken), (answer, ended)]
        reached = max((rank for rank, (_, when) in enumerate(steps) if when), default=0)
        promise = affaire.due_on if affaire and not ended else None
        return [
            Jalon(word, when, is_current=rank == reached, prevu_on=promise if rank == len(steps) - 1 else None)
            for rank, (word, when) in enumerate(steps)
        ]

    def numerotees(self) -> "list[tuple[int, PageEnvoyee]]":
        """Its files, each with the number of its first page in the whole document."""
        pages = list(self.pages.all())
        starts = accumulate((page.fichier.pages for page in pages), initial=1)
        return list(zip(starts, pages, strict=False))

    @property
    def is_described(self) -> bool:
        return bool(self.nature_id and self.concerne and self.motif_id)

    @property
    def goes_by_post(self) -> bool:
        """Medical papers, and originals that the law wants on paper, never go through the portal (leaflet 1)."""
        return self.nature is not None and (self.nature.is_medical or self.nature.original_par_poste)

    @property
    def adresse_postale(self) -> list[str]:
        """Where it is posted: the medical service opens what is medical, the fund the rest."""
        caisse = self.envoi.caisse
        lines: list[str] = caisse.service_medical if self.nature and self.nature.is_medical else caisse.adresse
        return lines


class PageEnvoyee(models.Model):
    """A file of a document, in the order the member wants."""

    document = models.ForeignKey(DocumentEnvoye, on_delete=models.CASCADE, related_name="pages")
    rang = models.PositiveSmallIntegerField()
    # A document already given may be given again: the bytes stay one, and each sending has its own page of them.
    fichier = models.ForeignKey(
        Fichier, on_delete=models.PROTECT, related_name="pages_envoyees", related_query_name="page"
    )
    # Drawn by the browser for one file: an upload tried again after a cut line is the same page.
    jeton = models.CharField(max_length=40, null=True)

    class Meta:
        ordering = ["rang"]
        constraints = [
            models.UniqueConstraint(fields=["document", "jeton"], name="one_page_per_upload"),
            models.UniqueConstraint(fields=["document", "fichier"], name="a_file_once_in_a_document"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id}/{self.rang}"
