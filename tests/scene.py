"""Every address of the portal, and one member with something at each: what tests/test_acces.py holds against everybody."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from enclos.agents import access
from enclos.agents.models import Appel
from enclos.avis.models import Avis
from enclos.bibliotheque import actions
from enclos.bibliotheque.models import Document, Origine
from enclos.caisses.access import default_caisse
from enclos.caisses.models import Caisse, Service
from enclos.comptes.models import Compte, Session
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.envois.demandes import PapierVoulu, ask_papers, call_back
from enclos.envois.models import DemandePapiers, DocumentEnvoye, Envoi, PageEnvoyee
from enclos.journal.actions import SYSTEM
from enclos.messagerie.actions import Attestation, submit
from enclos.messagerie.models import Fil, Message, Piece, Sujet
from enclos.socle.dates import today_paris
from enclos.suivi.models import Affaire
from tests.agents.conftest import file_of
from tests.conftest import Acteur

FROM_THE_LIBRARY = {"envois:utiliser", "envois:repondre"}
UNKNOWN = "0190f3a4-0000-7000-8000-000000000000"


def patterns(resolver: Any = None, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address by its full name."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}:{pattern.name}", pattern
        else:
            yield from patterns(pattern, pattern.namespace or namespace)


ADDRESSES = dict(patterns())


@dataclass
class Echange:
    """A thread of the same member with an answer begun there, each with a file."""

    message: Message
    draft: Message

    @classmethod
    def between(cls, compte: Compte, service: Service) -> "Echange":
        personne = compte.personne
        assert personne is not None
        sujet = Sujet.objects.get(pk="FAM_LOGEMENT")
        fil = Fil.objects.create(caisse=service.caisse, personne=personne, sujet=sujet, service=service)
        message = Message(fil=fil, auteur="adherent", compte=compte, reference=fil.reference)
        message.texte = "Bonjour"
        message.save()
        Piece.objects.create(message=message, rang=1, fichier=file_of())
        submit(message, Attestation(attests=True, session=""), by=compte)
        draft = Message(fil=fil, auteur="adherent", compte=compte)
        draft.texte = "Encore un mot"
        draft.save()
        Piece.objects.create(message=draft, rang=1, fichier=file_of())
        message.refresh_from_db()
        return cls(message, draft)

    def values(self, *, is_draft: bool) -> dict[str, Any]:
        message = self.draft if is_draft else self.message
        return {"reference": message.reference, "message": message.reference, "piece_id": message.pieces.get().pk}


@dataclass
class Scene:
    """A draft and a sending of one member, and everybody else."""

    draft: Envoi
    sending: Envoi
    affaire: Affaire
    people: dict[str, Client]
    demande: DemandePapiers
    token: str = ""
    appel: Appel | None = None
    filed: Document | None = None
    fil: Echange | None = None

    def url(self, name: str) -> str:
        is_draft = "envoyer-un-document" in str(ADDRESSES[name].pattern)
        envoi = self.draft if is_draft else self.sending
        page = PageEnvoyee.objects.select_related("fichier").get(document__envoi=envoi)
        values = {
            "reference": envoi.reference,
            "rang": 1,
            "numero": 1,
            "page_id": page.pk,
            "pk": 1 if name.startswith("demo:") else self.affaire.pk,
            "fichier": page.fichier_id,
            "slug": "traiter",
            "largeur": "lecture",
            "code": "NPC",
            "cle": 1,
            "jeton": "x",
            "note": UNKNOWN,
            "demande": self.demande.reference,
            "geste": "retirer",
            "genre": "document" if name.startswith("agents:") else "avis",
            "personne": self.sending.personne_id,
            "agent": self.sending.compte_id,  # a member: never an agent’s page
            "alerte": 1,
            "proposition": 1,
        }
        if (name.startswith("bibliotheque:") or name in FROM_THE_LIBRARY) and self.filed is not None:
            values["pk"] = self.filed.pk
        if self.fil is not None and "messages/" in str(ADDRESSES[name].pattern) and name.startswith("agents:"):
            values |= {"pk": self.fil.message.affaire_id, "slug": "clore", "piece": 1}
        if name == "agents:signaler_piece" and self.fil is not None:
            values["piece"] = self.fil.message.pieces.get().pk
        if name.startswith("messagerie:") and self.fil is not None:
            values |= self.fil.values(is_draft="brouillons" in str(ADDRESSES[name].pattern))
        if name.startswith("assistance:") and self.appel is not None:
            values |= {"pk": self.appel.pk, "slug": "debloquer"}
        if name == "avis:ouvrir":
            values["pk"] = Avis.objects.filter(personne=self.draft.personne).latest("created_at").pk
        if name == "agents:papiers_item" and self.demande.relance is not None:
            values["pk"] = self.demande.relance.pk
        wanted = ADDRESSES[name].pattern.converters
        address = reverse(name, kwargs={key: values[key] for key in wanted})
        return address + (f"?j={self.token}" if name == "agents:page" else "")


def of_another_fund(personne: bool) -> Acteur:
    """Somebody of a fund that is not the default one, in a team of the same name."""
    other = Caisse.objects.exclude(pk=default_caisse().pk).first()
    if other is None:
        other = Caisse.objects.create(
            code="ZZZ", nom="MSA d’ailleurs", telephone="0300000000", courriel="a@enclos.example", adresse=["1 rue"]
        )
    if personne:
        return Acteur(CompteFactory(personne=PersonneFactory(caisse=other)))
    team = Service.objects.filter(caisse=other, code="famille").first() or Service.objects.create(
        caisse=other, code="famille", nom="Famille d’ailleurs", adresse=["1 rue"], telephone="0300000000"
    )
    # Even put by mistake in a team of our fund, an agent sees their own fund alone.
    ours = default_caisse().services.get(code="famille")
    return Acteur(CompteFactory(agent=True, caisse=other, nom="Paul Verhaeghe", services=[team, ours]))


def set_up(adherente: Acteur, voisin: Acteur, agente: Acteur, collegue: Acteur, envoyer: Any) -> Scene:
    """What the fixture `scene` gives: everything told above, made."""
    (affaire,) = envoyer(adherente.compte)
    Affaire.objects.filter(pk=affaire.pk).update(taken_by=agente.compte, taken_at=affaire.received_at, etat="en_cours")
    sending = Envoi.objects.get(reference=affaire.reference)
    sent = sending.documents.get()
    draft = Envoi.objects.create(caisse=sending.caisse, personne=adherente.personne, compte=adherente.compte)
    document = DocumentEnvoye.objects.create(
        envoi=draft, rang=1, nature=sent.nature, concerne="moi", concerne_nom="Jeanne", motif=sent.motif
    )
    PageEnvoyee.objects.create(document=document, rang=1, fichier=file_of())
    without_code = Acteur(CompteFactory(agent=True, services=default_caisse().services.filter(code="famille")))
    Session.objects.filter(compte=without_code.compte).update(is_strong=False)
    token = access.sheets_token(access.papier_for(agente.compte, affaire.pk), agente.compte)
    people = {
        "visitor": Client(),
        "owner": adherente,
        "neighbour": voisin,
        "member of another fund": of_another_fund(True),
        "agent": agente,
        "superviseur": superviseur(),
        "agent of another team": collegue,
        "agent of another fund": of_another_fund(False),
        "agent without code": without_code,
        "agent of the help desk": help_desk(),
        "other agent of the help desk": help_desk(),
    }
    desk = people["agent of the help desk"]
    assert isinstance(desk, Acteur)
    appel = Appel.objects.create(agent=desk.compte, personne=adherente.personne, raison="telephone")
    filed = actions.file(
        adherente.personne, "envoi:1", origine=Origine.ENVOYE, libelle="Bail", date=today_paris(), feuillets=[file_of()], by=SYSTEM
    )  # fmt: skip
    demande = ask_papers(
        personne=adherente.personne,
        service=affaire.service,
        libelle="Votre aide au logement",
        papiers=[PapierVoulu(nature=sent.nature, raison="Pour calculer votre aide.")],
        due_on=today_paris() + timedelta(days=12),
        by=SYSTEM,
    )
    call_back(demande, "Délai dépassé", by=SYSTEM)
    fil = Echange.between(adherente.compte, affaire.service)
    return Scene(draft, sending, affaire, people, demande, token, appel, filed, fil)


def superviseur() -> Acteur:
    services = default_caisse().services.filter(code="famille")
    return Acteur(CompteFactory(agent=True, nom="Nadia Fontaine", services=services, role="superviseur"))


def help_desk() -> Acteur:
    services = default_caisse().services.filter(code="accueil")
    return Acteur(CompteFactory(agent=True, services=services, droits=["assistance"]))
