"""An agent of the help desk, and a member whose account has everything."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from enclos.caisses.access import default_caisse
from enclos.caisses.models import Nature
from enclos.coffre.models import Fichier
from enclos.comptes import hashers
from enclos.comptes.models import (
    Acceptation,
    Association,
    Changement,
    ClePasse,
    CodeSecours,
    Compte,
    Session,
)
from enclos.comptes.mots_de_passe import provisoires
from enclos.comptes.totp import new_secret, seal_secret
from enclos.demo.factories import CompteFactory, FactureFactory, PaiementFactory, PersonneFactory
from enclos.envois.demandes import PapierVoulu, ask_papers, insist
from enclos.envois.reponses import say_missing
from enclos.journal.actions import SYSTEM, record
from enclos.socle import sealed
from enclos.socle.dates import today_paris
from enclos.suivi.notes import write_note
from tests.agents.conftest import envoyer  # noqa: F401 (a fixture)
from tests.conftest import Acteur
from tests.guichet.copies import ICI, NIR, copie_of, demander


@pytest.fixture(autouse=True)
def hashing_is_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashers.Argon2id, "memory_cost", 64)
    monkeypatch.setattr(hashers.Argon2id, "time_cost", 1)


@pytest.fixture
def assistante(db: None) -> Acteur:
    """Sophie Lemaire, who helps members on the telephone."""
    services = default_caisse().services.filter(code="accueil")
    return Acteur(CompteFactory(agent=True, nom="Sophie Lemaire", services=services, droits=["assistance"]))


def prove(acteur: Acteur) -> Acteur:
    """The session of this browser has just given a fresh proof."""
    Session.objects.filter(compte=acteur.compte).update(prouve_at=timezone.now())
    return acteur


@pytest.fixture
def prouvee(adherente: Acteur) -> Acteur:
    """Jeanne, who has just proved who she is."""
    return prove(adherente)


@pytest.fixture
def equiper() -> Callable[[Compte], None]:
    """Give an account a second factor, a passkey, recovery codes and a link to FranceConnect."""

    def give(compte: Compte) -> None:
        compte.totp_sealed = seal_secret(compte, new_secret())
        compte.courriel_verifie_at = timezone.now()
        compte.telephone, compte.telephone_verifie_at = "+33612345678", timezone.now()
        compte.set_password("Élevage de chèvres 1987")
        compte.save()
        ClePasse.objects.create(compte=compte, identifiant=b"cle-1", cle_publique=b"x", nom="Téléphone de Jeanne")
        CodeSecours.objects.create(compte=compte, empreinte="x")
        Association.objects.create(compte=compte, emetteur="https://fc.example", sujet="abc")
        soon = timezone.now() + timedelta(hours=1)
        Session.objects.create(session_key="autre-navigateur", session_data="", compte=compte, expire_date=soon)

    return give


@pytest.fixture
def jeanne(db: None, equiper, envoyer, agente: Acteur) -> Acteur:  # noqa: F811
    """A member about whom everything is held that can be."""
    personne = PersonneFactory(nir=NIR, prenoms="Jeanne Marie", nom_naissance="Delattre", profils=["exploitant"])
    personne.vitale_serie_sealed = sealed.seal(b"9876543210", purpose="vitale", aad=personne.ref.encode())
    personne.save()
    PaiementFactory(personne=personne)
    FactureFactory(personne=personne, payee=True)
    compte = CompteFactory(personne=personne)
    equiper(compte)
    (affaire,) = envoyer(compte)
    bail = PapierVoulu(nature=Nature.objects.get(pk="LOG_BAIL"), raison="Pour votre aide.")
    demande = ask_papers(personne=personne, service=affaire.service, libelle="Votre aide au logement", papiers=[bail],
                         due_on=today_paris() + timedelta(days=9), by=SYSTEM)  # fmt: skip
    say_missing(demande.papiers.get(), "Je ne l’ai plus.", by=compte)
    insist(demande.papiers.get(), "Votre mairie le donne.", by=agente.compte)
    Fichier.objects.update(nom="Facture d’eau: mai/juin.jpg")
    record("agents.document.opened", affaire, by=agente.compte, concerne=personne)
    record("agents.document.preloaded", affaire, by=agente.compte, concerne=personne)
    write_note(personne, texte="Rappeler le matin.", affaire=affaire, by=agente.compte)
    Acceptation.objects.create(compte=compte, texte="conditions", version="2026-11", sha256="0" * 64)
    Changement.objects.create(compte=compte, champ="courriel", valeurs={"email": "a@b.example"}, effet_le=today_paris())
    provisoires.mail(compte, by=SYSTEM)
    return prove(Acteur(compte))


@pytest.fixture
def archive(jeanne: Acteur, travailleur) -> zipfile.ZipFile:
    assert demander(jeanne).status_code == 303
    travailleur()
    answer = jeanne.get(f"{ICI}{copie_of(jeanne).pk}/")
    assert answer.status_code == 200
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return zipfile.ZipFile(io.BytesIO(body))
