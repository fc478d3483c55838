"""The funds and what they say of themselves. Nothing of a given fund is in the code: it is data, one row each."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import models

from enclos.socle.dates import paris
from enclos.socle.identifiants import uuid7
from enclos.socle.jours_ouvres import holidays_of


@dataclass(frozen=True)
class Opening:
    """Whether the help desk answers now, and until or from when, in words."""

    is_open: bool
    phrase: str


class Caisse(models.Model):
    """A fund."""

    code = models.CharField(max_length=10, unique=True)  # NPC
    nom = models.CharField(max_length=120)
    telephone = models.CharField(max_length=20)
    courriel = models.EmailField()
    site = models.URLField(blank=True)
    adresse = models.JSONField()  # lines of the postal address, as printed
    hors_ligne = models.TextField(blank=True)  # how to register or be helped without Internet
    # {"0": [["08:30", "12:15"], ["13:30", "16:30"]], …}: 0 is Monday, hours of Paris
    horaires = models.JSONField(default=dict, blank=True)
    service_medical = models.JSONField(default=list, blank=True)  # postal address of the medical service, line by line
    hebergeur = models.CharField(max_length=200, blank=True)
    directeur_publication = models.CharField(max_length=120, blank=True)
    delegue_donnees = models.EmailField(blank=True)
    theme = models.JSONField(default=dict, blank=True)  # CSS tokens that override ours
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_caisse"
            )
        ]

    def __str__(self) -> str:
        return self.nom

    def slots_on(self, day: datetime) -> list[tuple[time, time]]:
        """The opening hours of a day in Paris, public holidays excluded."""
        if day.date() in holidays_of(day.year):
            return []
        return [
            (time.fromisoformat(start), time.fromisoformat(end))
            for start, end in self.horaires.get(str(day.weekday()), [])
        ]

    def opening(self, now: datetime) -> Opening:
        """Whether the telephone answers at `now`, and when it next changes."""
        local = paris(now)
        for start, end in self.slots_on(local):
            if start <= local.time() < end:
                return Opening(True, f"Ouvert jusqu’à {hour_words(end)}")
            if local.time() < start:
                return Opening(False, f"Fermé, ouvre à {hour_words(start)}")
        for ahead in range(1, 15):
            day = local + timedelta(days=ahead)
            if slots := self.slots_on(day):
                when = "demain" if ahead == 1 else f"{WEEKDAYS[day.weekday()]} {day.day}"
                return Opening(False, f"Fermé, ouvre {when} à {hour_words(slots[0][0])}")
        return Opening(False, "Fermé")

    def horaires_en_mots(self) -> list[str]:
        """« Du lundi au vendredi : 8 h 30 – 12 h 15 et 13 h 30 – 16 h 30 », days with the same hours put together."""
        days: list[tuple[int, int, list[list[str]]]] = []
        for weekday in range(7):
            slots = self.horaires.get(str(weekday), [])
            if not slots:
                continue
            if days and days[-1][1] == weekday - 1 and days[-1][2] == slots:
                days[-1] = (days[-1][0], weekday, slots)
            else:
                days.append((weekday, weekday, slots))
        return [f"{span_words(first, last)} : {slots_words(slots)}" for first, last, slots in days]


WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def hour_words(moment: time) -> str:
    return f"{moment.hour} h {moment.minute:02d}" if moment.minute else f"{moment.hour} h"


def slots_words(slots: list[list[str]]) -> str:
    return " et ".join(
        f"{hour_words(time.fromisoformat(start))} – {hour_words(time.fromisoformat(end))}" for start, end in slots
    )


def span_words(first: int, last: int) -> str:
    return f"Le {WEEKDAYS[first]}" if first == last else f"Du {WEEKDAYS[first]} au {WEEKDAYS[last]}"


class Agence(models.Model):
    """A place where the fund receives people."""

    caisse = models.ForeignKey(Caisse, on_delete=models.CASCADE, related_name="agences")
    code = models.CharField(max_length=20)
    nom = models.CharField(max_length=120)
    adresse = models.JSONField()
    horaires = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["nom"]
        constraints = [models.UniqueConstraint(fields=["caisse", "code"], name="agence_of_caisse")]

    def __str__(self) -> str:
        return self.nom


class Service(models.Model):
    """A team of the fund that answers members: the « service chargé » of every receipt (CRPA R112-11-1)."""

    caisse = models.ForeignKey(Caisse, on_delete=models.CASCADE, related_name="services")
    code = models.CharField(max_length=20)
    nom = models.CharField(max_length=120)
    adresse = models.JSONField()
    telephone = models.CharField(max_length=20)
    courriel = models.EmailField(blank=True)
    # Working days within which the fund promises to treat what it receives.
    delai_jours_ouvres = models.PositiveSmallIntegerField(default=10)

    class Meta:
        ordering = ["nom"]
        constraints = [models.UniqueConstraint(fields=["caisse", "code"], name="service_of_caisse")]

    def __str__(self) -> str:
        return self.nom


class Silence(models.TextChoices):
    """What silence means for a request (CRPA L231-1, L231-4)."""

    AUCUN = "", "Sans objet"
    ACCEPTATION = "acceptation", "Acceptation"
    REJET = "rejet", "Rejet"


class Nature(models.Model):
    """What a document is: the nomenclature, grouped, shared by all funds."""

    code = models.CharField(max_length=40, primary_key=True)
    libelle = models.CharField(max_length=120)
    groupe = models.CharField(max_length=60)
    rang = models.PositiveSmallIntegerField()
    mots = models.CharField(max_length=200, blank=True)  # other words members search it by
    service_code = models.CharField(max_length=20)  # the team that treats it, by its code in each fund
    is_medical = models.BooleanField(default=False)  # goes by post to the medical service, never through the portal
    original_par_poste = models.BooleanField(default=False)  # the law asks for the original on paper
    needs_label = models.BooleanField(default=False)
    is_request = models.BooleanField(default=False)  # sending it asks for a decision
    needs_second_look = models.BooleanField(
        default=False
    )  # « Traité » by one agent, confirmed by another: bank details
    silence = models.CharField(max_length=12, choices=Silence, blank=True)
    silence_months = models.PositiveSmallIntegerField(default=0)
    silence_basis = models.CharField(max_length=60, blank=True)
    recours = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["rang"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_request=False)
                | (models.Q(silence="acceptation") & models.Q(silence_months__gt=0))
                | (models.Q(silence="rejet") & models.Q(silence_months__gt=0) & ~models.Q(recours="")),
                name="a_request_says_what_silence_means",
            )
        ]

    def __str__(self) -> str:
        return self.libelle


class Usage(models.TextChoices):
    """When a ready answer is offered: under which decision, on a document or on a message."""

    TRAITER = "traiter", "Document « Traité »"
    COMPLETER = "completer", "Document « À compléter »"
    REFUSER = "refuser", "Document « Refusé »"
    REPONDRE = "repondre", "Réponse à un message"


class ModeleReponse(models.Model):
    """A ready answer of a fund: agents choose it, complete it, and send it as theirs."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    caisse = models.ForeignKey(Caisse, on_delete=models.CASCADE, related_name="modeles")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, null=True, related_name="+")  # NULL: for every team
    titre = models.CharField(max_length=80)
    texte = models.TextField()  # with the names of `modeles.CHAMPS` in braces
    usages = models.JSONField(default=list, blank=True)  # of `Usage`; none: everywhere
    nature = models.CharField(max_length=40, blank=True)  # its code, when it is said of one kind of document only
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["titre"]
        constraints = [models.UniqueConstraint(fields=["caisse", "titre"], name="modele_of_caisse")]

    def __str__(self) -> str:
        return self.titre

    @property
    def usages_en_mots(self) -> list[str]:
        """Where it is offered, in words; empty for everywhere."""
        return [usage.label for usage in Usage if usage.value in self.usages]

    def fits(self, usage: str, nature: str) -> bool:
        """Whether it is offered under this decision, for an item of this nature."""
        return (not self.usages or usage in self.usages) and self.nature in {"", nature}


class Motif(models.Model):
    """Why a document is sent."""

    code = models.CharField(max_length=40, primary_key=True)
    libelle = models.CharField(max_length=120)
    rang = models.PositiveSmallIntegerField()
    needs_text = models.BooleanField(default=False)

    class Meta:
        ordering = ["rang"]

    def __str__(self) -> str:
        return self.libelle
