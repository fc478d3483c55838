"""What the fund's information system told us. Read here, corrected there: nothing in the portal writes these rows but the import."""

from django.db import models

from enclos.caisses.models import Agence, Caisse
from enclos.socle import sealed
from enclos.socle.identifiants import uuid7


class Profil(models.TextChoices):
    PARTICULIER = "particulier", "Particulier"
    EXPLOITANT = "exploitant", "Exploitant"
    EMPLOYEUR = "employeur", "Employeur"


class Civilite(models.TextChoices):
    M = "M", "Monsieur"
    MME = "MME", "Madame"


class Personne(models.Model):
    """A person the fund knows. The NIR is sealed, and found by its blind index alone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ref = models.CharField(max_length=40)  # the information system's own number
    # No index on these two: nobody looks for people by fund, and each index costs every imported row.
    caisse = models.ForeignKey(Caisse, on_delete=models.PROTECT, related_name="+", db_index=False)
    agence = models.ForeignKey(Agence, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    nir_sealed = models.BinaryField(default=b"")
    nir_index = models.CharField(max_length=64, null=True)  # NULL, not "": unknown numbers are not one another
    nia_sealed = models.BinaryField(default=b"")
    nia_index = models.CharField(max_length=64, null=True)
    civilite = models.CharField(max_length=3, choices=Civilite, blank=True)
    nom_naissance = models.CharField(max_length=80)
    nom_usage = models.CharField(max_length=80, blank=True)
    prenoms = models.CharField(max_length=120, blank=True)
    date_naissance = models.DateField(null=True)
    lieu_naissance = models.CharField(max_length=5, blank=True)
    pays_naissance = models.CharField(max_length=5, blank=True)
    # Lines 2 to 5 of the address by NF Z10-011; line 6 is code_postal + localite
    adresse2 = models.CharField(max_length=80, blank=True)
    adresse3 = models.CharField(max_length=80, blank=True)
    adresse4 = models.CharField(max_length=80, blank=True)
    adresse5 = models.CharField(max_length=80, blank=True)
    code_postal = models.CharField(max_length=10, blank=True)
    localite = models.CharField(max_length=80, blank=True)
    pays = models.CharField(max_length=60, blank=True)
    email = models.EmailField(blank=True)
    telephone = models.CharField(max_length=20, blank=True)
    profils = models.JSONField(default=list)
    droits_sante_ouverts = models.BooleanField(null=True)
    vitale_serie_sealed = models.BinaryField(default=b"")
    vitale_photo = models.BooleanField(null=True)
    decede = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True)
    # Keyed digest of the last imported row: an identical one writes nothing, and nothing can be guessed from it.
    row_digest = models.CharField(max_length=32, blank=True)

    class Meta:
        # Who is found otherwise than by a number: FranceConnect's identities, the help desk's callers.
        # And by name, as the registry writes it: `registre.recherche` says which writings to look for.
        indexes = [
            models.Index(fields=["date_naissance"], name="personne_naissance"),
            models.Index(fields=["nom_naissance"], name="personne_nom"),
            models.Index(fields=["nom_usage"], name="personne_usage", condition=~models.Q(nom_usage="")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["ref"], name="personne_ref"),
            # They are also the indexes that find the open person who bears a number.
            models.UniqueConstraint(
                fields=["nir_index"], condition=models.Q(closed_at=None), name="one_open_person_per_nir"
            ),
            models.UniqueConstraint(
                fields=["nia_index"], condition=models.Q(closed_at=None), name="one_open_person_per_nia"
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def nom(self) -> str:
        return self.nom_usage or self.nom_naissance

    @property
    def prenom(self) -> str:
        """The first of the first names: the one people call them by, unless they say otherwise."""
        return self.prenoms.split(" ")[0].split(",")[0]

    @property
    def nom_complet(self) -> str:
        return f"{self.prenom} {self.nom}"

    @property
    def nom_court(self) -> str:
        """« Jeanne D. »: what the sign-in block shows, since someone may look over the shoulder."""
        return f"{self.prenom} {self.nom[:1]}."

    @property
    def nir(self) -> str:
        """The 13 signs, unsealed; "" when the fund does not know it. Never log nor show it whole."""
        if not self.nir_sealed:
            return ""
        return sealed.unseal(bytes(self.nir_sealed), purpose="nir", aad=self.ref.encode()).decode()

    def lignes_adresse(self) -> list[str]:
        """The postal address, top to bottom, without empty lines."""
        civilite = {"M": "M ", "MME": "MME "}.get(self.civilite, "")
        lines = [
            f"{civilite}{self.prenom} {self.nom}",
            self.adresse2,
            self.adresse3,
            self.adresse4,
            self.adresse5,
            f"{self.code_postal} {self.localite}".strip(),
            self.pays,
        ]
        return [line for line in lines if line]


class Lien(models.Model):
    """Somebody of the household."""

    class Nature(models.TextChoices):
        CONJOINT = "conjoint", "Conjoint"
        ENFANT = "enfant", "Enfant"
        AUTRE = "autre", "Autre personne"

    personne = models.ForeignKey(Personne, on_delete=models.CASCADE, related_name="liens")
    rang = models.PositiveSmallIntegerField()
    lien = models.CharField(max_length=10, choices=Nature)
    liee = models.ForeignKey(Personne, on_delete=models.SET_NULL, null=True, related_name="+")
    prenoms = models.CharField(max_length=120, blank=True)
    nom = models.CharField(max_length=80, blank=True)
    date_naissance = models.DateField(null=True)

    class Meta:
        ordering = ["rang"]
        constraints = [models.UniqueConstraint(fields=["personne", "rang"], name="lien_rang")]

    def __str__(self) -> str:
        return f"{self.personne_id}/{self.rang}"

    @property
    def nom_complet(self) -> str:
        return f"{self.prenoms.split(' ')[0]} {self.nom}".strip()


class Exploitation(models.Model):
    """A farm or business, for the time one person works in it."""

    class Qualite(models.TextChoices):
        CHEF = "chef", "Chef d’exploitation"
        COLLABORATEUR = "collaborateur", "Collaborateur"
        AIDE_FAMILIAL = "aide_familial", "Aide familial"
        ASSOCIE = "associe", "Associé"
        COTISANT_SOLIDARITE = "cotisant_solidarite", "Cotisant de solidarité"

    class Rang(models.TextChoices):
        PRINCIPAL = "principal", "À titre principal"
        SECONDAIRE = "secondaire", "À titre secondaire"
        EXCLUSIF = "exclusif", "À titre exclusif"

    personne = models.ForeignKey(Personne, on_delete=models.CASCADE, related_name="exploitations")
    siret = models.CharField(max_length=14)
    denomination = models.CharField(max_length=120, blank=True)
    qualite = models.CharField(max_length=30, choices=Qualite, blank=True)
    rang = models.CharField(max_length=12, choices=Rang, blank=True)
    categorie_atexa = models.CharField(max_length=4, blank=True)
    surface_ha = models.DecimalField(max_digits=11, decimal_places=4, null=True)  # down to the centiare
    installe_le = models.DateField(null=True)
    cesse_le = models.DateField(null=True)

    class Meta:
        ordering = ["denomination"]
        constraints = [models.UniqueConstraint(fields=["personne", "siret"], name="exploitation_siret")]

    def __str__(self) -> str:
        return self.denomination or self.siret


class Paiement(models.Model):
    """Money the fund paid."""

    class Branche(models.TextChoices):
        SANTE = "sante", "Santé"
        FAMILLE = "famille", "Famille"
        LOGEMENT = "logement", "Logement"
        RETRAITE = "retraite", "Retraite"
        INVALIDITE = "invalidite", "Invalidité"
        ACCIDENT = "accident", "Accident"
        RSA_PRIME = "rsa_prime", "RSA, prime d’activité"

    numero = models.CharField(max_length=40)
    personne = models.ForeignKey(Personne, on_delete=models.CASCADE, related_name="paiements")
    date = models.DateField()
    branche = models.CharField(max_length=20, choices=Branche)
    libelle = models.CharField(max_length=120, blank=True)
    montant = models.DecimalField(max_digits=11, decimal_places=2)
    periode_debut = models.DateField(null=True)
    periode_fin = models.DateField(null=True)
    destinataire = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["numero"], name="paiement_numero")]
        indexes = [models.Index(fields=["personne", "-date"], name="paiement_recent")]

    def __str__(self) -> str:
        return self.numero


class Facture(models.Model):
    """Contributions the fund asks for."""

    numero = models.CharField(max_length=40)
    personne = models.ForeignKey(Personne, on_delete=models.CASCADE, related_name="factures")
    emise_le = models.DateField()
    echeance = models.DateField(null=True)
    libelle = models.CharField(max_length=120, blank=True)
    montant = models.DecimalField(max_digits=11, decimal_places=2)
    paye = models.DecimalField(max_digits=11, decimal_places=2, default=0)
    payee_le = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["numero"], name="facture_numero")]
        indexes = [models.Index(fields=["personne", "-emise_le"], name="facture_recente")]

    def __str__(self) -> str:
        return self.numero


class Forme(models.Model):
    """A way to fall upon a name of the registry: one of its words, that word with a letter missing, or how it sounds.

    A vocabulary of names, not of people: a name borne by a thousand persons is here once. It only says which names to look for; who
    bears them is read from the persons themselves, so that nothing here can be out of date about anybody.
    """

    forme = models.CharField(max_length=82)
    nom = models.CharField(max_length=80)  # as the registry writes it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["forme", "nom"], name="forme_of_nom")]

    def __str__(self) -> str:
        return f"{self.forme} → {self.nom}"


class NomAppris(models.Model):
    """A name whose forms are there."""

    nom = models.CharField(max_length=80, primary_key=True)

    def __str__(self) -> str:
        return self.nom


class Depot(models.Model):
    """A drop that was taken for real, or tried: whether the registry is fed is seen here."""

    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # none: it was cut in the middle
    lignes = models.PositiveIntegerField(default=0)  # read, whatever became of them
    rejets = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["-started_at"], name="depot_recent")]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"
