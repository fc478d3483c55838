"""Fictional people and things, for the tests and the bench. A Trait is a state: `CompteFactory(agent=True)`."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from enclos.caisses.access import default_caisse
from enclos.comptes.models import Compte
from enclos.demo.nir import synthetic_nir
from enclos.registre.models import Exploitation, Facture, Lien, Paiement, Personne, Profil
from enclos.socle import sealed
from enclos.socle.dates import today_paris

NOMS = ("Delattre", "Vandamme", "Lefebvre", "Caron", "Dubois", "Mattei", "Hénin", "Ó Briain", "d’Haene", "Lecœur")
PRENOMS = ("Jeanne", "Marc", "Claire", "Thomas", "Suzanne", "Antoine", "Zoé", "François-Xavier", "Maëlle", "Léo")


class PersonneFactory(DjangoModelFactory[Personne]):
    """A person of the registry; `nir="2850559999011"` chooses the number."""

    class Meta:
        model = Personne

    class Params:
        nir = factory.Sequence(lambda number: synthetic_nir(700_000 + number))
        exploitant = factory.Trait(profils=[Profil.EXPLOITANT])
        employeur = factory.Trait(profils=[Profil.EXPLOITANT, Profil.EMPLOYEUR])
        decede_ = factory.Trait(decede=True)

    ref = factory.Sequence(lambda number: f"T{number:06d}")
    caisse = factory.LazyFunction(default_caisse)
    civilite = factory.Iterator(["MME", "M"])
    nom_naissance = factory.Iterator(NOMS)
    prenoms = factory.Iterator(PRENOMS)
    date_naissance = date(1985, 5, 14)
    adresse4 = "12 RUE DU MOULIN"
    code_postal = "59190"
    localite = "HAZEBROUCK"
    email = factory.Sequence(lambda number: f"personne{number}@enclos.example")
    telephone = "0612345678"
    profils = factory.LazyFunction(lambda: [Profil.PARTICULIER])
    droits_sante_ouverts = True
    nir_index = factory.LazyAttribute(lambda row: sealed.blind_index(row.nir))
    nir_sealed = factory.LazyAttribute(lambda row: sealed.seal(row.nir.encode(), purpose="nir", aad=row.ref.encode()))


class LienFactory(DjangoModelFactory[Lien]):
    """A child of the household; `conjoint=True` for a spouse."""

    class Meta:
        model = Lien

    class Params:
        conjoint = factory.Trait(lien=Lien.Nature.CONJOINT, prenoms="Thomas", date_naissance=date(1984, 3, 2))

    personne = factory.SubFactory(PersonneFactory)
    rang = factory.Sequence(lambda number: 1 + number % 30_000)
    lien = Lien.Nature.ENFANT
    prenoms = "Lucie"
    nom = factory.SelfAttribute("personne.nom_naissance")
    date_naissance = date(2018, 9, 3)


class ExploitationFactory(DjangoModelFactory[Exploitation]):
    class Meta:
        model = Exploitation

    personne = factory.SubFactory(PersonneFactory, exploitant=True)
    siret = factory.Sequence(lambda number: f"{99_900_000_000_000 + number:014d}")
    denomination = "EARL du Grand Fossé"
    qualite = "chef"
    rang = "principal"
    surface_ha = Decimal("62.40")
    installe_le = date(2009, 4, 1)


class PaiementFactory(DjangoModelFactory[Paiement]):
    class Meta:
        model = Paiement

    numero = factory.Sequence(lambda number: f"P{number:08d}")
    personne = factory.SubFactory(PersonneFactory)
    date = factory.LazyFunction(lambda: today_paris() - timedelta(days=12))
    branche = "logement"
    libelle = "Aide au logement"
    montant = Decimal("231.77")


class FactureFactory(DjangoModelFactory[Facture]):
    """Contributions not paid yet; `payee=True` once they are."""

    class Meta:
        model = Facture

    class Params:
        payee = factory.Trait(
            paye=factory.SelfAttribute("montant"),
            payee_le=factory.LazyAttribute(lambda row: row.emise_le + timedelta(days=20)),
        )

    numero = factory.Sequence(lambda number: f"F{number:08d}")
    personne = factory.SubFactory(PersonneFactory, exploitant=True)
    emise_le = factory.LazyFunction(lambda: today_paris() - timedelta(days=40))
    echeance = factory.LazyAttribute(lambda row: row.emise_le + timedelta(days=30))
    libelle = "Cotisations non salarié agricole"
    montant = Decimal("1284.30")


class CompteFactory(DjangoModelFactory[Compte]):
    """A member's account; `agent=True` for an agent's, `services=[…]` to put the agent in teams.

    Without `mot_de_passe` the account has no password: hashing one takes 30 ms, and few tests sign in by hand.
    """

    class Meta:
        model = Compte
        skip_postgeneration_save = True

    class Params:
        agent = factory.Trait(
            genre=Compte.Genre.AGENT,
            personne=None,
            courriel="",
            identifiant=factory.Sequence(lambda number: f"agent{number}"),
            nom="Camille Roy",
            caisse=factory.LazyFunction(default_caisse),
        )

    genre = Compte.Genre.ADHERENT
    personne = factory.SubFactory(PersonneFactory)
    caisse = factory.SelfAttribute("personne.caisse")
    courriel = factory.SelfAttribute("personne.email")

    @factory.post_generation
    def mot_de_passe(self, create: bool, extracted: str | None, **kwargs: Any) -> None:
        if extracted:
            self.set_password(extracted)  # type: ignore[attr-defined]
        else:
            self.set_unusable_password()  # type: ignore[attr-defined]
        if create:
            self.save(update_fields=["password"])  # type: ignore[attr-defined]

    @factory.post_generation
    def services(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create and extracted:
            self.services.set(extracted)
