"""Every address of agents against every role, cell by cell: an address without a decided row fails."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone

from enclos.agents import access
from enclos.agents.models import Alerte, Appel, FiltreEnregistre, Proposition
from enclos.caisses.access import default_caisse
from enclos.caisses.models import Caisse, ModeleReponse, Nature, Service
from enclos.comptes.models import Compte, Role
from enclos.courrier.models import Courriel
from enclos.demo.factories import CompteFactory
from enclos.envois.demandes import PapierVoulu, ask_papers
from enclos.envois.models import DemandePapiers, PageEnvoyee
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.messagerie.brouillon import start_in
from enclos.messagerie.models import Piece
from enclos.socle.dates import today_paris
from enclos.suivi.actions import open_affaire
from enclos.suivi.models import Absence, Affaire, Genre, Lot, Note
from tests.agents.conftest import file_of
from tests.conftest import Acteur
from tests.scene import ADDRESSES, Echange

pytestmark = pytest.mark.django_db

# Who may have each address: x may, . gets 404 as if it did not exist.
MATRICE = """
                             accueil  gestionnaire  superviseur  comptable  administrateur
agents:files                    x          x             x           x            x
agents:suivant                  .          x             x           x            .
agents:surveiller               x          x             x           x            x
agents:relancer                 x          x             x           x            x
agents:document                 .          x             x           x            .
agents:prendre                  .          x             x           x            .
agents:rendre                   .          x             x           x            .
agents:rouvrir                  .          x             x           x            .
agents:decider                  .          x             x           x            .
agents:page                     .          x             x           x            .
agents:pdf                      .          x             x           x            .
agents:original                 .          x             x           x            .
agents:filtres                  .          x             x           x            .
agents:enregistrer_filtre       .          x             x           x            .
agents:modifier_filtre          .          x             x           x            .
agents:supprimer_filtre         .          x             x           x            .
agents:lots                     .          x             x           x            .
agents:nouveau_lot              .          x             x           x            .
agents:apercu_lot               .          x             x           x            .
agents:confirmer_lot            .          x             x           x            .
agents:lot                      .          x             x           x            .
agents:annuler_lot              .          x             x           x            .
agents:approuver_lot            .          .             x           .            .
agents:absences                 .          x             x           x            .
agents:retirer_absence          .          x             x           x            .
agents:equipe                   .          .             x           .            .
agents:agent                    .          .             x           .            .
agents:tout_remettre            .          .             x           .            .
agents:attribuer                .          .             x           .            .
agents:transferer               .          .             x           .            .
agents:precarite                .          x             x           x            .
agents:papiers_recus            .          x             x           x            .
agents:demande                  .          x             x           x            .
agents:demande_prolonger        .          x             x           x            .
agents:demande_traiter          .          x             x           x            .
agents:papier_geste             .          x             x           x            .
agents:preparer                 .          x             x           x            .
agents:laisser                  .          x             x           x            .
agents:papiers_item             .          x             x           x            .
agents:message                  .          x             x           x            .
agents:repondre                 .          x             x           x            .
agents:retirer_piece            .          x             x           x            .
agents:garder_reponse           .          x             x           x            .
agents:signaler_piece           .          x             x           x            .
agents:ecrire                   .          x             x           x            .
agents:decider_message          .          x             x           x            .
agents:regards                  .          .             x           x            .
agents:confirmer                .          .             x           x            .
agents:renvoyer                 .          .             x           x            .
agents:noter                    .          x             x           x            .
agents:effacer_note             .          x             x           x            .
agents:barrer_note              .          .             x           .            .
agents:modeles                  .          .             x           .            x
agents:ajouter_modele           .          .             x           .            x
agents:modele                   .          .             x           .            x
agents:recherche                x          x             x           x            .
agents:personne                 x          x             x           x            .
agents:personne_papiers         .          x             x           x            .
agents:personne_ecrire          .          x             x           x            .
agents:supervision              .          .             x           .            .
agents:point                    .          .             x           .            .
agents:quota                    .          .             x           .            .
agents:alerte                   .          .             x           .            .
agents:administration           .          .             .           .            x
agents:revue                    .          .             .           .            x
agents:nouvel_agent             .          .             .           .            x
agents:compte_agent             .          .             .           .            x
agents:role                     .          .             .           .            x
agents:desactiver               .          .             .           .            x
agents:reactiver                .          .             .           .            x
agents:mot_de_passe_agent       .          .             .           .            x
agents:facteur_agent            .          .             .           .            x
agents:proposition              .          .             .           .            x
assistance:recherche            x          .             .           .            .
assistance:ouvrir               x          .             .           .            .
assistance:appel                x          .             .           .            .
assistance:verifications        x          .             .           .            .
assistance:acte                 x          .             .           .            .
comptes:securite                x          x             x           x            x
"""

ROLES = MATRICE.split("\n")[1].split()
CASES = {line.split()[0]: dict(zip(ROLES, line.split()[1:], strict=True)) for line in MATRICE.split("\n")[2:] if line}
OF_AGENTS = sorted(
    name for name in ADDRESSES if name.startswith(("agents:", "assistance:")) or name == "comptes:securite"
)


OF_MESSAGES = {
    f"agents:{name}"
    for name in (
        "message",
        "repondre",
        "retirer_piece",
        "signaler_piece",
        "garder_reponse",
        "ecrire",
        "decider_message",
    )
}


def test_every_address_of_agents_has_its_row():
    assert sorted(CASES) == OF_AGENTS
    assert set(ROLES) == set(Role.values)


class Banc:
    """An agent of one role, holding an item of the member's."""

    def __init__(self, role: str, affaire: Affaire, caisse: Caisse | None = None) -> None:
        caisse = caisse or default_caisse()
        ours = default_caisse().services.filter(code="famille")
        services = [*Service.objects.filter(caisse=caisse, code="famille"), *ours]
        self.agent = Acteur(CompteFactory(agent=True, caisse=caisse, role=role, services=services, nom=f"Agent {role}"))
        self.affaire = affaire
        self.appel = Appel.objects.create(agent=self.agent.compte, personne=affaire.personne, raison="telephone")
        # Of our fund, whatever the fund of who looks.
        self.autre = CompteFactory(agent=True, services=ours, nom="Autre agent")
        admin = CompteFactory(agent=True, role=Role.ADMINISTRATEUR, nom="Autre administrateur")
        self.proposition = Proposition.objects.create(agent=self.autre, role=Role.SUPERVISEUR, proposed_by=admin)
        self.is_ours = caisse == default_caisse()
        self.owner = self.agent.compte if self.is_ours else self.autre
        self.demande = self.asked()
        compte = Compte.objects.get(personne=affaire.personne)
        self.fil = Echange.between(compte, affaire.service)
        self.modele = ModeleReponse.objects.create(caisse=default_caisse(), titre=f"Modèle {role}", texte="Bonjour.")
        self.alerte = Alerte.objects.create(caisse=default_caisse(), genre="hors", cle=f"essai:{role}", texte="Essai")

    def asked(self) -> DemandePapiers:
        """A list of papers that came back to the agents."""
        quittance = PapierVoulu(nature=Nature.objects.get(pk="LOG_QUITTANCE"), raison="Pour votre aide")
        asked = ask_papers(
            personne=self.affaire.personne, service=self.affaire.service, libelle="Votre aide", papiers=[quittance],
            due_on=today_paris() + timedelta(days=20), by=SYSTEM,
        )  # fmt: skip
        self.relance = open_affaire(
            caisse=self.affaire.caisse, service=self.affaire.service, personne=self.affaire.personne, reference=asked.reference,
            libelle="Papiers", received_at=timezone.now(), genre=Genre.PAPIERS, by=SYSTEM,
        )  # fmt: skip
        DemandePapiers.objects.filter(pk=asked.pk).update(relance=self.relance)
        return asked

    def piece(self, name: str) -> int | None:
        """A file of the answer that this agent began, or one that the member joined."""
        if name == "agents:signaler_piece":
            return self.fil.message.pieces.get().pk
        if name != "agents:retirer_piece":
            return None
        draft = start_in(self.fil.message.fil, auteur="agent", by=self.agent.compte)
        return Piece.objects.create(message=draft, rang=1 + draft.pieces.count(), fichier=file_of()).pk

    def key(self, name: str) -> UUID:
        """Of what an address is about, made anew: some addresses end it."""
        if name in {"agents:modifier_filtre", "agents:supprimer_filtre"}:
            FiltreEnregistre.objects.all().delete()
            return FiltreEnregistre.objects.create(agent=self.owner, nom="En retard", choix={}).pk
        if name == "agents:retirer_absence":
            tomorrow = today_paris() + timedelta(days=1)
            return Absence.objects.create(agent=self.owner, du=tomorrow, au=tomorrow, by=self.owner).pk
        if name in {"agents:lot", "agents:annuler_lot", "agents:approuver_lot"}:
            auteur = self.autre if name == "agents:approuver_lot" else self.owner
            soon = timezone.now() + timedelta(minutes=10)
            return Lot.objects.create(
                caisse=default_caisse(), genre=Lot.Genre.REMETTRE, auteur=auteur, nombre=1, prevu_at=soon
            ).pk
        if name in {"agents:agent", "agents:tout_remettre"}:
            return self.autre.pk
        if name == "agents:modele":
            return self.modele.pk
        if name == "agents:papiers_item":
            return self.relance.pk
        if name in OF_MESSAGES:
            assert self.fil.message.affaire_id is not None
            return self.fil.message.affaire_id
        return self.appel.pk if name.startswith("assistance:") else self.affaire.pk

    def url(self, name: str) -> str:
        page = PageEnvoyee.objects.get(document__affaire=self.affaire)
        values: dict[str, Any] = {
            "pk": self.key(name),
            "note": self.note_of(name),
            "demande": self.demande.reference,
            "geste": "retirer",
            "slug": "debloquer"
            if name.startswith("assistance:")
            else "clore"
            if name == "agents:decider_message"
            else "traiter",
            "piece": self.piece(name),
            "personne": self.affaire.personne_id,
            "fichier": page.fichier_id,
            "rang": 1,
            "largeur": "vignette",
            "agent": self.autre.pk,
            "genre": "document",
            "alerte": self.alerte.pk,
            "proposition": self.proposition.pk,
        }
        address = reverse(name, kwargs={key: values[key] for key in ADDRESSES[name].pattern.converters})
        if name == "agents:page":
            papier = access.papier_for(self.agent.compte, self.affaire.pk) if self.sees_it else None
            address += f"?j={access.sheets_token(papier, self.agent.compte) if papier else 'x'}"
        return address

    def note_of(self, name: str) -> UUID | None:
        if "note" not in ADDRESSES[name].pattern.converters:
            return None
        return Note.objects.create(
            personne=self.affaire.personne, affaire=self.affaire, agent=self.owner, texte="À rappeler."
        ).pk

    @property
    def sees_it(self) -> bool:
        return Affaire.objects.for_agent(self.agent.compte).filter(pk=self.affaire.pk).exists()

    def data(self, name: str) -> dict[str, Any]:
        """What makes a button find what it acts upon."""
        if name == "agents:relancer":
            mail = Courriel.objects.filter(caisse=self.agent.compte.caisse).order_by("pk").first()
            return {"genre": "courriel", "cle": mail.pk if mail else "1"}
        if name == "agents:role":
            return {"role": "comptable"}
        if name == "assistance:ouvrir":
            return {"personne": self.affaire.personne_id, "raison": "telephone"}
        return {}

    def answer(self, name: str) -> int:
        """What this address answers, opened or, when it is a button, pressed."""
        Affaire.objects.filter(pk__in=[self.affaire.pk, self.relance.pk, self.fil.message.affaire_id]).update(
            taken_by=self.agent.compte, taken_at=self.affaire.received_at, etat="en_cours", ended_at=None, refus=""
        )
        Compte.objects.filter(pk=self.autre.pk).update(is_active=True)
        Courriel.objects.update(broken_at=self.affaire.received_at, kept_at=None, next_at=None)
        response = self.agent.get(self.url(name))
        if response.status_code == 405:
            response = self.agent.post(self.url(name), self.data(name))
        return int(response.status_code)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_its_addresses_and_no_other(envoyer, adherente, role):
    banc = Banc(role, *envoyer(adherente.compte))
    seen = {name: "." if banc.answer(name) == 404 else "x" for name in OF_AGENTS}
    assert seen == {name: CASES[name][role] for name in OF_AGENTS}


@pytest.mark.parametrize("role", ROLES)
def test_an_agent_of_another_fund_reaches_nothing_of_ours(envoyer, adherente, role):
    """Even put by mistake in one of our teams."""
    other = Caisse.objects.create(
        code="AUT", nom="Autre caisse", telephone="01", courriel="a@enclos.example", adresse=[]
    )
    Service.objects.create(caisse=other, code="famille", nom="Famille d’ailleurs", adresse=[], telephone="01")
    banc = Banc(role, *envoyer(adherente.compte), caisse=other)
    with_object = [name for name in OF_AGENTS if ADDRESSES[name].pattern.converters]
    assert {
        name: banc.answer(name) for name in [*with_object, "agents:relancer", "assistance:ouvrir"]
    } == dict.fromkeys([*with_object, "agents:relancer", "assistance:ouvrir"], 404)


def test_a_member_reaches_nothing(envoyer, adherente):
    banc = Banc("superviseur", *envoyer(adherente.compte))
    banc.agent.force_login(adherente.compte)
    assert {name: banc.answer(name) for name in OF_AGENTS} == dict.fromkeys(OF_AGENTS, 404)


@pytest.mark.parametrize("role", ROLES)
def test_the_navigation_shows_nothing_that_the_role_cannot_open(role):
    agent = Acteur(CompteFactory(agent=True, role=role, services=default_caisse().services.filter(code="famille")))
    page = agent.get("/agent/a-surveiller/")
    links = [entree.url for entree, _ in page.context["portail"].navigation]
    assert {url: agent.get(url).status_code for url in links} == dict.fromkeys(links, 200)
    shown = {name for name in ("agents:recherche", "assistance:recherche") if reverse(name) in links}
    assert shown == {name for name in ("agents:recherche", "assistance:recherche") if CASES[name][role] == "x"}


@pytest.mark.parametrize(
    ("role", "where"), [("accueil", "/agent/recherche/"), ("administrateur", "/agent/administration/")]
)
def test_who_treats_nothing_comes_in_by_their_own_page(role, where):
    agent = Acteur(CompteFactory(agent=True, role=role))
    assert agent.get("/agent/").url == where


def test_the_right_to_help_adds_the_help_desk_and_nothing_else(agente):
    agente.compte.droits = ["assistance"]
    agente.compte.save()
    assert agente.get("/agent/assistance/").status_code == 200
    assert not Ligne.objects.filter(event="agents.personne.opened").exists()
