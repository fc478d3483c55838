"""Taking a drop, from the folder to the report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from django.utils import timezone

from enclos.api.depot import merging, references, registre
from enclos.api.depot.documents import Documents
from enclos.api.depot.files import FichierDepot
from enclos.api.depot.lecteurs import Readers
from enclos.api.depot.reading import BrokenFile, quoted
from enclos.api.depot.rejets import NOM as REJETS
from enclos.api.depot.rejets import Rejet, rejets_of, write_rejets
from enclos.api.depot.staging import Staging, staging
from enclos.bibliotheque.models import Document
from enclos.comptes.changements import confirm_agreed
from enclos.journal.actions import SYSTEM, record
from enclos.registre.models import Depot, Personne
from enclos.registre.recherche import learn
from enclos.registre.tasks import learn_names
from enclos.socle.verrou import alone

LEARNT_NOW = 200  # names that nobody bore before: a night brings a few dozens; past it, the worker learns the others
MANY_ROWS = 10_000  # written at once: the planner's figures are then those of another table


@dataclass
class Compte:
    """What became, or would become, of the rows of one file."""

    nouveaux: int = 0
    changes: int = 0
    inchanges: int = 0
    fermes: int = 0
    supprimes: int = 0
    rejetes: int = 0


@dataclass
class Bilan:
    """What a run did, or would do."""

    for_real: bool
    comptes: dict[str, Compte] = field(default_factory=dict)
    confirmes: int = 0  # contact details that members had changed, and that the registry now says

    @property
    def lignes(self) -> int:
        return sum(sum(vars(compte).values()) for compte in self.comptes.values())

    @property
    def rejetes(self) -> int:
        return sum(compte.rejetes for compte in self.comptes.values())


def import_drop(folder: Path, *, for_real: bool) -> Bilan:
    """Check, compare and, `for_real`, write the drop of `folder`; `rejets.csv` is rewritten there in both cases.

    Raises `AlreadyRunning` when another import is at work, `OSError` when the report cannot be written.
    """
    write_rejets(folder, [])  # first: better to learn now that the folder cannot be written to
    with Readers(folder) as readers, alone("importer"), staging() as tables:
        return Import(folder, tables, readers, for_real=for_real).run()


class Import:
    """One run over one folder."""

    def __init__(self, folder: Path, tables: Staging, readers: Readers, *, for_real: bool) -> None:
        self.folder = folder
        self.tables = tables
        self.readers = readers
        self.for_real = for_real
        self.agencies = registre.agencies()
        self.fichiers = registre.fichiers(self.agencies)
        self.broken: dict[str, list[Rejet]] = {}
        self.bilan = Bilan(for_real)

    def run(self) -> Bilan:
        depot = Depot.objects.create(started_at=timezone.now()) if self.for_real else None
        present = [fichier for fichier in self.fichiers if self.stage(fichier)]
        self.look_for_strangers()
        self.check(present)
        for fichier in present:
            self.compare_and_write(fichier)
        for nom, rejets in self.broken.items():
            self.bilan.comptes.setdefault(nom, Compte()).rejetes += len(rejets)
        write_rejets(self.folder, self.rejets(present))
        if self.for_real:
            # Whatever the drop holds: a member may have asked since for what the registry says already.
            self.bilan.confirmes = confirm_agreed(by=SYSTEM)
            figures = {nom: vars(compte) for nom, compte in self.bilan.comptes.items()}
            record("registre.depot.imported", by=SYSTEM, fichiers=figures, changements_confirmes=self.bilan.confirmes)
        if depot is not None:
            depot.ended_at, depot.lignes, depot.rejets = timezone.now(), self.bilan.lignes, self.bilan.rejetes
            depot.save(update_fields=["ended_at", "lignes", "rejets"])
        self.tables.drop(self.fichiers)
        return self.bilan

    def stage(self, fichier: FichierDepot) -> bool:
        """Read a file into its table; whether it could be. The table is there even when the file is not."""
        self.tables.create(fichier)
        path = self.folder / fichier.nom
        if not path.exists():
            if fichier.model is Personne and not Personne.objects.exists():
                self.reject_file(fichier.nom, "Ce fichier est attendu : le registre ne connaît encore personne.")
            self.tables.index(fichier)
            return False
        try:
            self.tables.load(fichier, self.readers.rows(fichier.nom, path, self.agencies))
            is_read = True
        except BrokenFile as broken:
            self.reject_file(fichier.nom, broken.motif, ligne=broken.ligne, colonne=broken.colonne)
            is_read = False
        self.tables.index(fichier)
        return is_read

    def look_for_strangers(self) -> None:
        """A misspelt name must not pass for an absent file."""
        known = {fichier.nom for fichier in self.fichiers} | {REJETS}
        for path in sorted(self.folder.glob("*.csv")):
            if path.name not in known and not path.name.startswith("."):
                self.reject_file(quoted(path.name), "Ce nom de fichier n’est pas prévu par le dépôt.")

    def reject_file(self, nom: str, motif: str, *, ligne: int = 1, colonne: str = "") -> None:
        self.broken.setdefault(nom, []).append(Rejet(nom, ligne, "", colonne, motif))

    def check(self, present: list[FichierDepot]) -> None:
        """Find what is wrong among rows, people first since the others depend on theirs."""
        for fichier in present:
            references.refuse_duplicates(self.tables, fichier)
        personnes = self.fichiers[0]
        references.refuse_shared_numbers(self.tables, personnes)
        for fichier in present:
            references.refuse_orphans(self.tables, fichier, personnes)

    def compare_and_write(self, fichier: FichierDepot) -> None:
        if fichier.model is Document:
            self.take_documents(fichier)
            return
        is_person = fichier.model is Personne
        fates = (merging.plan_personnes if is_person else merging.plan_rows)(self.tables, fichier)
        compte = self.counted(fichier, fates)
        if self.for_real:
            (merging.merge_personnes if is_person else merging.merge_rows)(self.tables, fichier)
            if compte.nouveaux + compte.changes >= MANY_ROWS:
                self.tables.written(fichier)
            if is_person and compte.nouveaux + compte.changes:
                self.learn_names(fichier)

    def take_documents(self, fichier: FichierDepot) -> None:
        """Documents last: their people are there, and their files are read one by one."""
        compte = self.counted(fichier, Documents(self.tables, fichier, self.folder, for_real=self.for_real).take())
        if self.for_real and compte.nouveaux >= MANY_ROWS:
            self.tables.written(fichier)

    def counted(self, fichier: FichierDepot, fates: Mapping[str, int]) -> Compte:
        compte = self.bilan.comptes[fichier.nom] = Compte(
            nouveaux=fates.get(merging.NOUVEAU, 0),
            changes=fates.get(merging.CHANGE, 0),
            inchanges=fates.get(merging.INCHANGE, 0),
            fermes=fates.get(merging.FERME, 0),
            supprimes=fates.get(merging.SUPPRIME, 0),
            rejetes=self.tables.refused(fichier),
        )
        return compte

    def learn_names(self, personnes: FichierDepot) -> None:
        """Let the new people be found by a name that is mistyped; their exact name already finds them."""
        new = merging.names_of_plan(self.tables, personnes, LEARNT_NOW + 1)
        learn(new[:LEARNT_NOW])
        if len(new) > LEARNT_NOW:
            learn_names.enqueue()

    def rejets(self, present: list[FichierDepot]) -> Iterator[Rejet]:
        return chain(
            chain.from_iterable(self.broken.values()),
            chain.from_iterable(rejets_of(self.tables, fichier) for fichier in present),
        )
