"""Who can sign in: members the registry knows, and agents of the funds."""

import unicodedata
from datetime import timedelta
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from enclos.caisses.models import Caisse, Service
from enclos.registre.models import Personne
from enclos.socle.dates import paris, today_paris
from enclos.socle.identifiants import uuid7


def normalised(password: str | None) -> str | None:
    """One writing for each accented letter: a Mac may send « é » as two signs. Nothing is trimmed nor put in lower case."""
    return None if password is None else unicodedata.normalize("NFC", password)


class Role(models.TextChoices):
    """What an agent is in the fund; `roles.ACTES` says what each may do."""

    ACCUEIL = "accueil", "Accueil"
    GESTIONNAIRE = "gestionnaire", "Gestionnaire"
    SUPERVISEUR = "superviseur", "Superviseur"
    COMPTABLE = "comptable", "Comptable"
    ADMINISTRATEUR = "administrateur", "Administrateur"


class Compte(AbstractBaseUser):
    """An account: a member's, tied to one person of the registry, or an agent's, tied to services."""

    class Genre(models.TextChoices):
        ADHERENT = "adherent", "Adhérent"
        AGENT = "agent", "Agent"

    class Niveau(models.IntegerChoices):
        """How sure the fund is of who opened the account (standards, D3)."""

        A_CONFIRMER = 1, "À confirmer par courrier"
        CONFIRME = 2, "Confirmé"

    # Said at the top of the page that is being drawn, by whoever has a word for who reads it; never stored.
    mot_affiche: str = ""

    USERNAME_FIELD = "id"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    last_login = None  # the journal and the sessions say when; Django would write the account at each sign-in
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    genre = models.CharField(max_length=10, choices=Genre)
    caisse = models.ForeignKey(Caisse, on_delete=models.PROTECT, related_name="+")
    # A member: the person. Their identifier is the NIR, found through the registry.
    personne = models.OneToOneField(Personne, on_delete=models.PROTECT, null=True, related_name="compte")
    niveau = models.PositiveSmallIntegerField(choices=Niveau, default=Niveau.CONFIRME)
    courriel = models.EmailField(blank=True)
    courriel_verifie_at = models.DateTimeField(null=True)
    telephone = models.CharField(max_length=20, blank=True)  # +33612345678
    telephone_verifie_at = models.DateTimeField(null=True)
    # An agent: an identifier of the fund's, services, rights, and the secret of the second factor (a member may have one too).
    identifiant = models.CharField(max_length=60, null=True, unique=True)
    nom = models.CharField(max_length=120, blank=True)
    services = models.ManyToManyField(Service, related_name="agents")
    role = models.CharField(
        max_length=16, choices=Role, default=Role.GESTIONNAIRE
    )  # of an agent; says nothing of a member
    droits = models.JSONField(default=list)  # values of Droit
    totp_sealed = models.BinaryField(default=b"")
    totp_last_step = models.BigIntegerField(default=0)  # a code serves once
    is_active = models.BooleanField(default=True)
    closed_at = models.DateTimeField(null=True)  # the member closed it; the journal and what was sent stay
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BaseUserManager["Compte"]()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(genre="adherent", personne__isnull=False, identifiant=None)
                | models.Q(genre="agent", personne=None, identifiant__isnull=False),
                name="a_member_or_an_agent",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(normalised(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        return super().check_password(normalised(raw_password) or "")

    @property
    def may_sign_in(self) -> bool:
        """Whether the account is one that opens: neither closed here, nor its person closed or deceased in the registry."""
        if not self.is_active:
            return False
        return self.personne is None or (self.personne.closed_at is None and not self.personne.decede)

    @property
    def is_confirmed(self) -> bool:
        """Whether what a stolen card must not give is open: bank details, mandates, certificates that bear the NIR."""
        return self.niveau >= self.Niveau.CONFIRME

    @property
    def is_adherent(self) -> bool:
        return self.genre == self.Genre.ADHERENT

    @property
    def is_agent(self) -> bool:
        return self.genre == self.Genre.AGENT

    @property
    def nom_affiche(self) -> str:
        """What the sign-in block shows."""
        return self.personne.nom_court if self.personne else self.nom

    # The journal's Actor.
    @property
    def actor_kind(self) -> str:
        return self.genre

    @property
    def actor_id(self) -> str:
        return str(self.pk)

    @property
    def actor_label(self) -> str:
        return self.personne.nom_complet if self.personne else self.nom


class Droit(models.TextChoices):
    """What an agent may do besides the work of their services."""

    ASSISTANCE = "assistance", "Assistance aux adhérents"


class Session(AbstractBaseSession):
    """One browser signed in. A row, so that it can be seen and ended; its key is the digest of what the cookie holds."""

    class Methode(models.TextChoices):
        MOT_DE_PASSE = "mot-de-passe", "Mot de passe"
        CLE = "cle", "Clé d’accès"
        FRANCECONNECT = "franceconnect", "FranceConnect"
        FOURNISSEUR = "fournisseur", "Connexion de votre organisme"
        DEMONSTRATION = "demonstration", "Démonstration"

    class Attente(models.TextChoices):
        """What must be done before this session gives access to anything else."""

        RIEN = "", "Rien"
        NOUVEAU_MOT_DE_PASSE = "nouveau-mot-de-passe", "Choisir un mot de passe"
        SECOND_FACTEUR = "second-facteur", "Donner le second facteur"

    compte = models.ForeignKey(Compte, on_delete=models.CASCADE, null=True, related_name="sessions")
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    is_strong = models.BooleanField(default=False)  # a second factor was given
    attend = models.CharField(max_length=20, choices=Attente, blank=True)
    prouve_at = models.DateTimeField(null=True)  # the last fresh proof, for a sensitive act
    methode = models.CharField(max_length=20, choices=Methode, default=Methode.MOT_DE_PASSE)
    navigateur = models.CharField(max_length=80, blank=True)  # « Firefox sur Android », as the member recognises it
    source = models.CharField(max_length=64, blank=True)  # the network, as the throttle counts it


class Compteur(models.Model):
    """How many times something was tried; counted by the database in one statement, so exact under concurrency."""

    cle = models.CharField(max_length=100, primary_key=True)  # what is counted, hashed when it names somebody
    nombre = models.IntegerField()  # tries since the window opened
    libre_at = models.DateTimeField()  # no other try before
    expire_at = models.DateTimeField()  # then counting starts again

    class Meta:
        indexes = [models.Index(fields=["expire_at"], name="compteur_fin")]

    def __str__(self) -> str:
        return f"{self.cle} : {self.nombre}"


class MotDePasseProvisoire(models.Model):
    """A password the house chose: it opens one page, where the member chooses theirs (standards, D4)."""

    class Canal(models.TextChoices):
        COURRIEL = "courriel", "Courriel"
        COURRIER = "courrier", "Courrier"

    compte = models.ForeignKey(Compte, on_delete=models.CASCADE, related_name="provisoires")
    canal = models.CharField(max_length=10, choices=Canal)
    empreinte = models.CharField(max_length=200)  # hashed as a password is
    essais = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    expire_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    killed_at = models.DateTimeField(null=True)  # too many wrong tries, or another one was issued

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["compte"],
                condition=models.Q(used_at=None, killed_at=None),
                name="one_provisional_password_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.compte_id} ({self.canal})"


class Code(models.Model):
    """Six digits sent to somebody to prove one thing. A new one replaces the former; the digest alone is kept."""

    objet = models.CharField(max_length=40)  # what it proves
    lien = models.CharField(max_length=64)  # to whom it belongs: an account, a registration, a session
    empreinte = models.CharField(max_length=64)
    essais = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    expire_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["objet", "lien"], name="one_code_at_a_time")]
        indexes = [models.Index(fields=["expire_at"], name="code_fin")]

    def __str__(self) -> str:
        return f"{self.objet} {self.lien}"


class ClePasse(models.Model):
    """A passkey (WebAuthn) of a member or an agent."""

    compte = models.ForeignKey(Compte, on_delete=models.CASCADE, related_name="cles_passe")
    identifiant = models.BinaryField(unique=True)  # the credential id
    cle_publique = models.BinaryField()
    compteur = models.BigIntegerField(default=0)  # going backwards, it was copied
    transports = models.JSONField(default=list)
    nom = models.CharField(max_length=60)  # « Téléphone de Jeanne »
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.nom


class CodeSecours(models.Model):
    """A recovery code: it serves once, in place of a lost second factor. Kept as a password is (ASVS 6.5.2)."""

    compte = models.ForeignKey(Compte, on_delete=models.CASCADE, related_name="codes_secours")
    prefixe = models.CharField(max_length=2)  # its first signs, in the clear: they say which row to compare with
    empreinte = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["compte", "prefixe"], name="one_recovery_code_per_prefix")]

    def __str__(self) -> str:
        return str(self.compte_id)


class Association(models.Model):
    """An account that an identity provider opens too: FranceConnect for members, the organisation's own for agents."""

    compte = models.ForeignKey(Compte, on_delete=models.CASCADE, related_name="associations")
    emetteur = models.CharField(max_length=255)  # iss
    sujet = models.CharField(max_length=255)  # sub
    acr = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["emetteur", "sujet"], name="one_account_per_federated_identity"),
            models.UniqueConstraint(fields=["compte", "emetteur"], name="one_federated_identity_per_issuer"),
        ]

    def __str__(self) -> str:
        return f"{self.compte_id} ({self.emetteur})"


class Acceptation(models.Model):
    """A text the member said yes to: which, in which version, when, and when they took it back."""

    class Texte(models.TextChoices):
        CONDITIONS = "conditions", "Conditions générales d’utilisation"
        E_DOCUMENTS = "e-documents", "Réception des documents par courriel"

    compte = models.ForeignKey(Compte, on_delete=models.CASCADE, related_name="acceptations")
    texte = models.CharField(max_length=20, choices=Texte)
    version = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)  # of the text shown
    accepted_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["compte", "texte"], condition=models.Q(withdrawn_at=None), name="one_acceptance_in_force"
            )
        ]

    def __str__(self) -> str:
        return f"{self.texte} {self.version}"


class Changement(models.Model):
    """Contact details a member changed, until the registry says the same. The fund's system learns them by `enclos exporter`."""

    class Champ(models.TextChoices):
        COURRIEL = "courriel", "Adresse e-mail"
        TELEPHONE = "telephone", "Téléphone"
        ADRESSE = "adresse", "Adresse postale"

    compte = models.ForeignKey(Compte, on_delete=models.CASCADE, related_name="changements")
    champ = models.CharField(max_length=10, choices=Champ)
    valeurs = models.JSONField()  # columns of personnes.csv and what they become
    effet_le = models.DateField()
    created_at = models.DateTimeField(default=timezone.now)
    exported_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)  # the registry says it too
    cancelled_at = models.DateTimeField(null=True)  # « ce n’est pas moi », or another change of the same detail

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["compte", "champ"],
                condition=models.Q(confirmed_at=None, cancelled_at=None),
                name="one_pending_change_per_detail",
            )
        ]

    def __str__(self) -> str:
        return f"{self.compte_id} {self.champ}"

    @property
    def is_overdue(self) -> bool:
        """Given to the fund's system and in effect for two nights, while the registry still says something else."""
        if self.exported_at is None or self.confirmed_at is not None or self.cancelled_at is not None:
            return False
        return max(paris(self.exported_at).date(), self.effet_le) + timedelta(days=2) <= today_paris()


class Avertissement(models.Model):
    """What was told to a former contact when the account changed, with a link « ce n’est pas moi » that acts once."""

    class Objet(models.TextChoices):
        """What happened, as the page of the link says it."""

        COURRIEL = "courriel", "votre adresse e-mail a changé"
        TELEPHONE = "telephone", "votre téléphone a changé"
        ADRESSE = "adresse", "votre adresse postale a changé"
        MOT_DE_PASSE = "mot-de-passe", "votre mot de passe a changé"
        FACTEUR = "facteur", "votre double vérification a changé"
        FRANCECONNECT = "franceconnect", "votre lien avec FranceConnect a changé"
        CONNEXION = "connexion", "un nouvel appareil s’est connecté"
        OUVERTURE = "ouverture", "un espace privé a été ouvert à votre nom"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    compte = models.ForeignKey(Compte, on_delete=models.CASCADE, related_name="avertissements")
    objet = models.CharField(max_length=20, choices=Objet)
    avant = models.JSONField(default=dict)  # fields of the account before the change, to put back
    courriel = models.EmailField()  # who was told: still told of the next changes while the link lives
    created_at = models.DateTimeField(default=timezone.now)
    expire_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["compte", "expire_at"], name="avertissement_ouvert")]

    def __str__(self) -> str:
        return f"{self.compte_id} {self.objet}"
