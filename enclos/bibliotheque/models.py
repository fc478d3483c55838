"""« Mes documents »: one row for each document a member can find again, whoever made it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from enclos.accuses.models import Accuse
from enclos.avis.texte import DAYS_BEFORE_DEEMED
from enclos.bibliotheque import natures
from enclos.bibliotheque.recherche import LONGEST, words_of
from enclos.caisses.access import nomenclatures
from enclos.caisses.models import Caisse
from enclos.coffre.models import EXTENSIONS, Fichier, Objet
from enclos.registre.models import Personne
from enclos.socle.dates import add_months, paris, today_paris
from enclos.socle.identifiants import uuid7
from enclos.socle.jours_ouvres import next_working_day


class Origine(models.TextChoices):
    """Where it comes from, as the member filters it."""

    RECU = "recu", "Reçu de ma MSA"
    ENVOYE = "envoye", "Envoyé par moi"
    ACCUSE = "accuse", "Accusé de réception"
    ATTESTATION = "attestation", "Attestation"


# What the fund wrote: it is « nouveau » until it is opened.
DU_FONDS = (Origine.RECU, Origine.ATTESTATION)


class Domaine(models.TextChoices):
    """What it is about: the branches of the fund, and its contributions."""

    SANTE = "sante", "Santé, invalidité"
    FAMILLE = "famille", "Famille, logement"
    RETRAITE = "retraite", "Retraite"
    RSA_PRIME = "rsa_prime", "RSA, prime d’activité"
    COTISATIONS = "cotisations", "Cotisations, factures"
    ACCIDENT = "accident", "Accident du travail"
    AUTRE = "autre", "Autre"


class DocumentQuerySet(models.QuerySet["Document"]):
    def of(self, personne: Personne) -> "DocumentQuerySet":
        return self.filter(personne=personne)

    def shown(self) -> "DocumentQuerySet":
        """Those a member finds again, put away or not."""
        return self.filter(etat__in=[Document.Etat.VISIBLE, Document.Etat.ARCHIVE])

    def nouveaux(self) -> "DocumentQuerySet":
        return self.filter(etat=Document.Etat.VISIBLE, a_lire=True)

    def latest_first(self) -> "DocumentQuerySet":
        """The order of the library; total, so that pages can follow each other by key."""
        return self.order_by("-date", "-id")


class Document(models.Model):
    """A document of the library. Its bytes are its sheets, or the signed PDF of `accuse`, which comes a moment later.

    Its bytes never change: corrected by the fund, it is another row, which replaces this one and keeps it as its history.
    """

    class Etat(models.TextChoices):
        VISIBLE = "visible", "Dans ma liste"
        ARCHIVE = "archive", "Archivé"
        RETIRE = "retire", "Retiré par ma MSA"
        REMPLACE = "remplace", "Remplacé"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    caisse = models.ForeignKey(Caisse, on_delete=models.PROTECT, related_name="+")
    # No index of its own: each of those below begins with it.
    personne = models.ForeignKey(Personne, on_delete=models.PROTECT, related_name="bibliotheque", db_index=False)
    origine = models.CharField(max_length=12, choices=Origine)
    cle = models.CharField(max_length=120, unique=True)  # what it is: filed twice, kept once
    libelle = models.CharField(max_length=200)
    domaine = models.CharField(max_length=16, choices=Domaine, default=Domaine.AUTRE)
    nature = models.CharField(max_length=60, blank=True)  # a code of the nomenclature, or the word of the registry drop
    concerne = models.CharField(max_length=160, blank=True)  # whom it is about, by name
    reference = models.CharField(max_length=40, blank=True)  # of the sending, the message, the invoice it came with
    service = models.CharField(max_length=120, blank=True)  # who in the fund made it, in words
    date = models.DateField()  # of the document, as people look for it
    filed_at = models.DateTimeField(default=timezone.now)  # made available (CRPA R112-18)
    accuse = models.OneToOneField(Accuse, on_delete=models.PROTECT, null=True, related_name="document")
    numero = models.CharField(max_length=40, blank=True)  # its key in the registry drop; "" for those made here
    etat = models.CharField(max_length=8, choices=Etat, default=Etat.VISIBLE)
    retire_at = models.DateTimeField(null=True)  # since when the fund no longer shows it, or shows another in its place
    remplace = models.OneToOneField("self", on_delete=models.SET_NULL, null=True, related_name="remplace_par")
    ouvert_at = models.DateTimeField(null=True)  # first opened by the member: written once, never changed
    # « Nouveau »: the fund made it of late, and nobody opened it. A column of its own, since both databases find a row by it.
    a_lire = models.BooleanField(default=False)
    # Since when the vault cannot give its bytes, as somebody who asked for them found out; None once they are read again.
    perdu_at = models.DateTimeField(null=True)
    is_favori = models.BooleanField(default=False)
    nom_personnel = models.CharField(max_length=120, blank=True)  # what the member calls it
    purge_on = models.DateField(null=True)  # erased from that day (standards 7.4)
    recherche = models.CharField(max_length=LONGEST, blank=True)  # every word one may look for: see `recherche`

    objects: ClassVar[DocumentQuerySet] = DocumentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            # The words to look for stand in the index of the list, which alone is read for a search.
            models.Index(fields=["personne", "etat", "-date", "-id", "recherche"], name="document_liste"),
            models.Index(fields=["personne", "etat", "domaine", "-date", "-id"], name="document_domaine"),
            models.Index(fields=["personne", "etat", "origine", "-date", "-id"], name="document_origine"),
            models.Index(fields=["personne", "etat", "concerne", "-date", "-id"], name="document_concerne"),
            # Not partial: SQLite does not see that a parameter meets the condition of an index.
            models.Index(fields=["personne", "etat", "a_lire", "-date", "-id"], name="document_nouveau"),
            models.Index(fields=["personne", "etat", "is_favori", "-date", "-id"], name="document_favori"),
            models.Index(fields=["personne"], name="document_perdu", condition=Q(perdu_at__isnull=False)),
            models.Index(fields=["purge_on"], name="document_purge", condition=Q(purge_on__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["numero"],
                condition=~Q(numero="") & ~Q(etat="remplace"),
                name="one_document_per_number",
            ),
        ]

    def __str__(self) -> str:
        return self.cle

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.recherche = self.words()
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = [*fields, "recherche"]
        super().save(*args, **kwargs)

    def words(self) -> str:
        """Everything one may look for: names, nature, reference, person, domain, and the date in figures and in words."""
        said = (self.nom_personnel, self.libelle, self.nature, self.nature_en_mots, self.reference, self.numero, self.concerne,
                self.get_domaine_display(), self.get_origine_display())  # fmt: skip
        return words_of(*said, day=self.date)

    @property
    def nom(self) -> str:
        """What it is called: the member's own word first."""
        return self.nom_personnel or self.libelle

    @property
    def nature_lue(self) -> natures.Nature:
        """What is known of its nature."""
        return natures.nature_of(self.nature)

    @property
    def nature_en_mots(self) -> str:
        """Its nature, in words: the library's list first, else the nomenclature of papers, else the word that came."""
        if known := self.nature_lue.code and self.nature_lue.libelle:
            return known
        paper = nomenclatures().natures.get(self.nature)
        return paper.libelle if paper else self.nature

    @property
    def is_reutilisable(self) -> bool:
        """Whether it may be given again: a paper, the last one, opened, all of it still shown."""
        is_paper = self.origine != Origine.ACCUSE and bool(self.sheets)
        return (
            is_paper and self.etat in {self.Etat.VISIBLE, self.Etat.ARCHIVE} and not self.a_lire and not self.retraits
        )

    @property
    def is_du_fonds(self) -> bool:
        """Whether the fund made it: then the member opens it for the first time, one day."""
        return self.origine in DU_FONDS

    @property
    def is_nouveau(self) -> bool:
        return self.a_lire and self.etat == self.Etat.VISIBLE

    @property
    def is_perdu(self) -> bool:
        """Whether its bytes could not be read when they were asked for."""
        return self.perdu_at is not None

    @property
    def concerne_autrui(self) -> bool:
        """Whether it is about somebody else than the member: said on the list, where one's own name on each line would be noise."""
        return bool(self.concerne) and self.concerne != self.personne.nom_complet

    @property
    def is_archive(self) -> bool:
        return self.etat == self.Etat.ARCHIVE

    @property
    def is_retire(self) -> bool:
        return self.etat == self.Etat.RETIRE

    @property
    def is_remplace(self) -> bool:
        return self.etat == self.Etat.REMPLACE

    @property
    def sheets(self) -> Sequence["Feuillet"]:
        """Its sheets, in order; reads what was prefetched when it was."""
        return list(self.feuillets.all())

    @property
    def fichiers(self) -> list[Fichier]:
        """Its files, in order, those still shown: what a sending may use again. See `actions.reusable_files`."""
        return [one.fichier for one in self.sheets if one.fichier is not None and one.fichier.is_readable]

    @property
    def retraits(self) -> list[str]:
        """Why some of its files are no longer shown, in words."""
        return [one.fichier.get_retrait_display() for one in self.sheets if one.fichier and not one.fichier.is_readable]

    @property
    def is_en_preparation(self) -> bool:
        """A receipt whose PDF is still being signed."""
        return self.accuse is not None and not self.accuse.is_ready

    @property
    def avis_legal(self) -> "Notification | None":
        """Its legal notification, when it is one."""
        return getattr(self, "notification", None)


class Feuillet(models.Model):
    """One of the files that make a document, in order: one the member gave, or bytes the fund gave."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="feuillets")
    rang = models.PositiveSmallIntegerField()
    fichier = models.ForeignKey(Fichier, on_delete=models.PROTECT, null=True, related_name="feuillets")
    objet = models.ForeignKey(Objet, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["rang"]
        constraints = [
            models.UniqueConstraint(fields=["document", "rang"], name="feuillet_rang"),
            models.CheckConstraint(
                condition=Q(fichier=None, objet__isnull=False) | Q(fichier__isnull=False, objet=None),
                name="a_sheet_is_a_file_or_an_object",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_id}/{self.rang}"

    @property
    def original(self) -> Objet:
        """Its bytes as they were given."""
        found = self.fichier.original if self.fichier is not None else self.objet
        assert found is not None
        return found

    @property
    def is_readable(self) -> bool:
        """False once its file was withdrawn, as medical or dangerous."""
        return self.fichier is None or self.fichier.is_readable

    @property
    def extension(self) -> str:
        return EXTENSIONS[self.original.media_type]


class Notification(models.Model):
    """The legal notification of a document, and its dates (CRPA L112-15, R112-17 to R112-20).

    `electronique`: the member had said yes; opened within fifteen days, it is notified that day; else on the day it was made available.
    `papier`: the letter alone counts, and the copy here is for information.
    """

    class Mode(models.TextChoices):
        ELECTRONIQUE = "electronique", "Par voie électronique"
        PAPIER = "papier", "Par courrier"

    class Defaut(models.TextChoices):
        SANS_ADRESSE = "sans_adresse", "Aucune adresse e-mail"
        REFUSE = "refuse", "L’e-mail est revenu"
        COMPTE_FERME = "compte_ferme", "Le compte est fermé"

    document = models.OneToOneField(Document, on_delete=models.CASCADE, primary_key=True, related_name="notification")
    caisse = models.ForeignKey(Caisse, on_delete=models.PROTECT, related_name="+", db_index=False)
    mode = models.CharField(max_length=12, choices=Mode)
    mis_a_disposition = models.DateTimeField()
    avis_envoye = models.DateTimeField(null=True)  # when a mail server took the notice
    limite_on = models.DateField(null=True)  # the last day on which an opening is the date of notification
    notifie_on = models.DateField(null=True)  # the date that counts, once known
    repute_at = models.DateTimeField(null=True)  # when « réputé notifié » was written
    defaut = models.CharField(
        max_length=12, choices=Defaut, blank=True
    )  # why the notice did not reach them: the post must
    defaut_at = models.DateTimeField(null=True)
    poste_at = models.DateTimeField(null=True)  # somebody saw to it that the letter leaves

    class Meta:
        indexes = [
            models.Index(
                fields=["limite_on"], name="notification_limite", condition=Q(mode="electronique", notifie_on=None)
            ),
            models.Index(
                fields=["mis_a_disposition"],
                name="notification_avis",
                condition=Q(mode="electronique", avis_envoye=None),
            ),
            models.Index(
                fields=["caisse", "defaut_at"], name="notification_defaut", condition=~Q(defaut="") & Q(poste_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.mode}"

    @property
    def is_electronique(self) -> bool:
        return self.mode == self.Mode.ELECTRONIQUE

    @property
    def is_reputee(self) -> bool:
        return self.repute_at is not None

    @property
    def is_attendue(self) -> bool:
        """Whether opening it still sets the date."""
        return self.is_electronique and self.notifie_on is None and not self.defaut and not self.is_passee()

    @property
    def date_qui_compte(self) -> date | None:
        """The day it is notified, even when the sweep that writes it is late."""
        if self.notifie_on is None and self.is_passee():
            return paris(self.mis_a_disposition).date()
        return self.notifie_on

    @property
    def recours(self) -> str:
        """Before whom to contest, in words; "" when nothing can be."""
        return self.document.nature_lue.recours

    @property
    def delai_en_mots(self) -> str:
        """« 2 mois »."""
        return f"{self.document.nature_lue.recours_mois} mois"

    @property
    def recours_jusqu_au(self) -> date | None:
        """The last day to contest; a delay that ends on a day off ends on the next working day (CPC art. 642)."""
        months, day = self.document.nature_lue.recours_mois, self.date_qui_compte
        return next_working_day(add_months(day, months)) if months and day else None

    @property
    def is_recours_ouvert(self) -> bool:
        return self.recours_jusqu_au is not None and today_paris() <= self.recours_jusqu_au

    def is_passee(self, on: date | None = None) -> bool:
        """Whether the fifteen days went by without an opening."""
        return (
            self.is_electronique
            and not self.defaut
            and self.limite_on is not None
            and (on or today_paris()) > self.limite_on
        )


def limit_of(moment: datetime) -> date:
    """The last of the fifteen days (CRPA R112-19), counted in Paris: of a document of the 1st, the 16th."""
    return paris(moment).date() + timedelta(days=DAYS_BEFORE_DEEMED)
