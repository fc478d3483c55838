"""Somebody invented for the gallery of messages, and what messages are about: sendings, papers, threads. Nothing of it stays."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils import timezone

from enclos.avis.models import Avis, Preference
from enclos.bibliotheque.models import Document
from enclos.caisses.access import default_caisse
from enclos.caisses.models import Caisse, Nature, Service
from enclos.comptes import codes
from enclos.comptes.coordonnees import contestation
from enclos.comptes.models import Acceptation, Avertissement, Changement, Compte
from enclos.envois.models import DemandePapiers, Envoi, PapierDemande
from enclos.journal.actions import SYSTEM
from enclos.messagerie.models import Fil, Message, Sujet
from enclos.registre.models import Personne
from enclos.socle.dates import today_paris
from enclos.suivi.models import Affaire, Genre

SECRET = "K7MP-Q2RT-W9XB-H4CD"
CODE = "482913"
REFERENCE = "PH4-XM2-K7D"


@dataclass
class Decor:
    """Somebody invented, for the time of a transaction: an account with an e-mail, a mobile, and text messages wanted."""

    personne: Personne
    compte: Compte
    agent: Compte
    numbers: Iterator[str] = field(default_factory=lambda: (f"+336123{number:05d}" for number in range(100_000)))

    def envoi(self) -> Envoi:
        return Envoi(
            caisse=self.personne.caisse,
            personne=self.personne,
            compte=self.compte,
            reference=REFERENCE,
            submitted_at=timezone.now(),
            sender={"courriel": self.compte.courriel},
        )

    def demande(self) -> DemandePapiers:
        caisse, due_on = self.personne.caisse, today_paris() + timedelta(days=15)
        demande = DemandePapiers.objects.create(
            caisse=caisse, service=service_of(caisse), personne=self.personne, libelle="Votre aide au logement", due_on=due_on
        )  # fmt: skip
        nature = Nature.objects.order_by("rang", "pk")[:1].get()
        PapierDemande.objects.create(
            demande=demande, rang=1, nature=nature, raison="Pour recalculer votre aide.", due_on=due_on, recu_on=today_paris()
        )  # fmt: skip
        return demande

    def papier(self) -> PapierDemande:
        return self.demande().papiers.get()

    def avertissement(self, objet: str = Avertissement.Objet.MOT_DE_PASSE) -> Avertissement:
        return Avertissement(
            compte=self.compte,
            objet=objet,
            courriel=self.compte.courriel,
            expire_at=timezone.now() + contestation.LIFE,
        )

    def changement(self) -> Changement:
        return Changement(compte=self.compte, champ=Changement.Champ.ADRESSE, effet_le=today_paris())

    def acceptation(self) -> Acceptation:
        return Acceptation(compte=self.compte, texte=Acceptation.Texte.E_DOCUMENTS, version="2026-11-22")

    def fil(self) -> Fil:
        """A thread that an agent closed, with a réclamation: whatever each function reads of it."""
        caisse, legal_on = self.personne.caisse, today_paris() + timedelta(days=20)
        now = timezone.now()
        item = Affaire.objects.create(
            caisse=caisse, service=service_of(caisse), personne=self.personne, reference=REFERENCE, libelle="Réclamation",
            genre=Genre.RECLAMATION, received_at=now, service_since=now, due_on=legal_on, rang_on=legal_on, legal_on=legal_on,
        )  # fmt: skip
        return Fil.objects.create(
            caisse=caisse, personne=self.personne, service=service_of(caisse), affaire=item, opened_at=now,
            sujet=Sujet.objects.order_by("pk")[:1].get(), closed_at=now, closed_by=Fil.Cloture.AGENT,
        )  # fmt: skip

    def message(self) -> Message:
        return Message.objects.create(
            fil=self.fil(), auteur=Message.Auteur.ADHERENT, compte=self.compte, sent_at=timezone.now(),
            due_on=today_paris() + timedelta(days=10), sender={"courriel": self.compte.courriel},
        )  # fmt: skip

    def document(self) -> Document:
        return Document(personne=self.personne, service="Famille et logement", filed_at=timezone.now())

    def avis(self) -> list[Avis]:
        return [
            Avis(personne=self.personne, titre=f"Votre envoi {REFERENCE} : un agent a répondu", evenement="decision"),
            Avis(personne=self.personne, titre="Un envoi n’est pas terminé", evenement="brouillon"),
        ]


def decor() -> Decor:
    """Made by hand: the factories are not installed with the demo."""
    caisse = default_caisse()
    personne = Personne.objects.create(
        ref="GALERIE", caisse=caisse, civilite="MME", nom_naissance="Delattre", prenoms="Jeanne", profils=["particulier"],
        date_naissance=date(1985, 5, 14), adresse4="12 RUE DU MOULIN", code_postal="59190", localite="HAZEBROUCK",
        email="jeanne.registre@enclos.example", telephone="0612345678",
    )  # fmt: skip
    compte = Compte.objects.create(
        genre=Compte.Genre.ADHERENT, caisse=caisse, personne=personne, courriel="jeanne@enclos.example",
        courriel_verifie_at=timezone.now(), telephone="+33612300000", telephone_verifie_at=timezone.now(),
    )  # fmt: skip
    agent = Compte.objects.create(
        genre=Compte.Genre.AGENT, caisse=caisse, identifiant="galerie", nom="Camille Roy", courriel="camille@enclos.example"
    )  # fmt: skip
    Preference.objects.bulk_create(
        Preference(compte=compte, evenement=evenement, canal="sms", is_wanted=True)
        for evenement in ("decision", "papiers-demandes", "papiers-rappel")
    )
    personne.compte = compte
    return Decor(personne, compte, agent)


def service_of(caisse: Caisse) -> Service:
    return Service.objects.filter(caisse=caisse).order_by("pk")[:1].get()


def affaire(d: Decor) -> Affaire:
    return Affaire(
        personne=d.personne,
        caisse=d.personne.caisse,
        service=service_of(d.personne.caisse),
        service_since=timezone.now(),
        reference=REFERENCE,
        ended_at=timezone.now(),
    )


def with_papers(d: Decor) -> tuple[DemandePapiers, list[PapierDemande]]:
    demande = d.demande()
    return demande, list(demande.papiers.all())


def by_sms(d: Decor) -> None:
    codes.send_by_sms("galerie", "galerie", to=next(d.numbers), caisse=d.compte.caisse, by=SYSTEM)
