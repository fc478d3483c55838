"""A registration, from its first page to what became of it."""

import json
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from enclos.comptes.models import Compte
from enclos.registre.models import Personne, Profil
from enclos.registre.rapprochement import Question
from enclos.socle import sealed
from enclos.socle.identifiants import uuid7
from enclos.socle.promesses import Promesse, PromesseQuerySet

PURPOSE = "inscription"
type Reponses = dict[str, Any]


class Inscription(models.Model):
    """A registration begun in one browser. What was typed is sealed, lives a day, and is erased once all is told."""

    class Situation(models.TextChoices):
        """What a private person declares: it chooses the question, before we know who they are (standards §2.5.2)."""

        VITALE = "vitale", "J’ai une carte Vitale et la MSA rembourse mes soins"
        SANS = "sans", "Je n’ai pas encore de carte Vitale, ou ce n’est pas la MSA qui rembourse mes soins"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    empreinte = models.CharField(max_length=64, unique=True)  # of what the browser's cookie holds
    profil = models.CharField(max_length=20, choices=Profil)
    nir_index = models.CharField(max_length=64, blank=True, db_index=True)  # the help desk finds a registration by it
    reponses_sealed = models.BinaryField(default=b"")
    courriel_prouve_at = models.DateTimeField(null=True)  # the code sent to this address was typed
    par_courrier = models.BooleanField(default=False)  # no address, or none that can be opened: by post
    conditions_version = models.CharField(max_length=20, blank=True)
    conditions_sha256 = models.CharField(max_length=64, blank=True)
    accepted_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=64, blank=True)  # keyed digest of the network it came from
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="inscription_fin")]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    def reponses(self) -> Reponses:
        """Everything typed, unsealed: nir, situation, coordonnees, courriel, reponse. Never log nor show it whole."""
        if not self.reponses_sealed:
            return {}
        plain = sealed.unseal(bytes(self.reponses_sealed), purpose=PURPOSE, aad=self.pk.bytes)
        found: Reponses = json.loads(plain)
        return found

    def seal_reponses(self, reponses: Reponses) -> None:
        """Put in the row; the caller saves it."""
        plain = json.dumps(reponses, ensure_ascii=False).encode()
        self.reponses_sealed = sealed.seal(plain, purpose=PURPOSE, aad=self.pk.bytes) if reponses else b""

    def question_of(self, reponses: Reponses) -> Question:
        """The question promised by the profile and by what was declared, whoever it is."""
        if self.profil == Profil.EXPLOITANT:
            return Question.FACTURE
        return Question.VITALE if reponses.get("situation") == self.Situation.VITALE else Question.PAIEMENT


class Conclusion(Promesse):
    """What must become of a finished registration, then what became of it. The registry is asked here, by a worker, and
    nowhere else: no page of the journey can be quicker or slower for somebody whom the fund knows.
    """

    DELAYS: ClassVar[tuple[int, ...]] = (5, 20, 60, 300, 900, 3600)
    EN_PANNE = "Inscriptions dont l’examen n’aboutit pas"

    class Resultat(models.TextChoices):
        """For the help desk; the member's screen is one and the same."""

        EN_COURS = "", "En cours d’examen"
        COURRIEL = "courriel", "Mot de passe provisoire envoyé par courriel"
        COURRIER = "courrier", "Mot de passe provisoire envoyé par la poste"
        LETTRE_EN_ROUTE = "lettre-en-route", "Rien de plus : une lettre est déjà en route"
        DEJA = "deja", "Un espace est déjà ouvert : son titulaire en a été averti"
        PROVISOIRE = "provisoire", "Rien de plus : un mot de passe provisoire vient d’être envoyé"
        INCONNUE = "inconnue", "Numéro inconnu du registre"
        IDENTITE = "identite", "Les nom, prénoms ou date de naissance ne correspondent pas"
        DECEDEE = "decedee", "Personne décédée dans le registre"
        MINEURE = "mineure", "Moins de 16 ans : rattaché au compte d’un parent"
        SANS_ADRESSE = "sans-adresse", "Réponse fausse, et aucune adresse postale connue"
        BLOQUEE = "bloquee", "Compte fermé par la caisse"

    inscription = models.OneToOneField(Inscription, on_delete=models.SET_NULL, null=True, related_name="conclusion")
    personne = models.ForeignKey(Personne, on_delete=models.SET_NULL, null=True, related_name="+")
    compte = models.ForeignKey(Compte, on_delete=models.SET_NULL, null=True, related_name="+")
    resultat = models.CharField(max_length=20, choices=Resultat, blank=True)
    examen = models.CharField(max_length=20, blank=True)  # juste, fausse, non examinée
    courriel_cle = models.CharField(max_length=120, blank=True)  # of the e-mail that carries the password
    created_at = models.DateTimeField(default=timezone.now)
    concluded_at = models.DateTimeField(null=True)
    annonce_at = models.DateTimeField(null=True)  # « Un accès en ligne vient d’être ouvert » was asked of the printer

    objects = PromesseQuerySet["Conclusion"].as_manager()

    class Meta:
        indexes = [
            Promesse.index("conclusion_due"),
            models.Index(fields=["personne", "-created_at"], name="conclusion_personne"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.resultat or 'en cours'}"


class Essais(models.Model):
    """When the identity question was answered wrongly for one person: three in thirty days, then the post alone (standards, D2)."""

    personne = models.OneToOneField(Personne, on_delete=models.CASCADE, primary_key=True, related_name="+")
    faux = models.JSONField(default=list)  # moments, oldest first

    def __str__(self) -> str:
        return f"{self.personne_id} : {len(self.faux)}"

    def since(self, start: datetime) -> list[datetime]:
        """Those after `start`, oldest first."""
        return [moment for moment in map(datetime.fromisoformat, self.faux) if moment > start]
