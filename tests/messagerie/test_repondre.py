"""Both sides of a thread: the agent reads, answers, promises; the member reads, closes, opens again."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from enclos.agents.lots import Geste, cancel, prepare
from enclos.bibliotheque.models import Document, Origine
from enclos.caisses.models import ModeleReponse
from enclos.coffre.models import Fichier, Objet
from enclos.courrier.models import Courriel
from enclos.demo.factories import CompteFactory
from enclos.envois.models import DemandePapiers
from enclos.journal.models import Ligne
from enclos.messagerie import actions, brouillon
from enclos.messagerie.access import threads_of
from enclos.messagerie.controle import constats
from enclos.messagerie.models import Etat, Fil, Message, Piece
from enclos.messagerie.tasks import end_what_is_over
from enclos.socle.dates import today_paris
from enclos.socle.refusals import Refusal
from enclos.suivi.actions import AlreadyDecided, NotHeld, take
from enclos.suivi.models import Affaire, Lot
from enclos.suivi.models import Etat as EtatAffaire
from enclos.suivi.repartition import transfer
from tests.agents.monde import autre_caisse, service, superviseur
from tests.agents.test_requetes import queries
from tests.coffre.inspection import fabrique
from tests.conftest import Acteur
from tests.gardes import keys_twice
from tests.messagerie.conftest import PHOTO, Plume, fichier, texte

pytestmark = pytest.mark.usefixtures("inspection")


class Guichet:
    """An agent before one thread."""

    def __init__(self, agent: Acteur, plume: Plume) -> None:
        self.agent, self.affaire = agent, plume.message.affaire
        assert self.affaire is not None

    def url(self, name: str, *args: object) -> str:
        assert self.affaire is not None
        return reverse(f"agents:{name}", args=[self.affaire.pk, *args])

    def prend(self) -> "Guichet":
        assert self.agent.post(self.url("prendre")).status_code == 303
        return self

    def ouvre(self):
        return self.agent.get(self.url("message"))

    def repond(self, words: str = "Vos ressources ont changé en janvier.", **data: object):
        vu = self.ouvre().context["vu"]
        return self.agent.post(self.url("repondre"), {"texte": words, "vu": vu, "action": "repondre"} | data)

    def decide(self, slug: str, **data: object):
        vu = self.ouvre().context["vu"]
        posted = {f"{slug}-{name}": value for name, value in data.items()}
        return self.agent.post(self.url("decider_message", slug), {"vu": vu, **posted})


@pytest.fixture
def guichet(agente: Acteur, envoye: Plume) -> Guichet:
    """Camille Roy has taken the message."""
    return Guichet(agente, envoye).prend()


def test_the_agent_reads_and_the_member_sees_by_whom_nothing_more(guichet, envoye):
    page = texte(guichet.ouvre())
    assert "mon aide au logement a baissé" in page
    assert Ligne.objects.filter(event="agents.message.opened", concerne=str(envoye.acteur.personne.pk)).exists()
    assert "Lu par un agent le" in texte(envoye.get("fil"))
    assert Message.objects.get().read_by == "Camille Roy"


def test_to_look_at_the_headers_is_not_to_read(agente, envoye):
    agente.head(Guichet(agente, envoye).url("message"))
    assert Message.objects.get().read_at is None


def test_an_answer_with_a_file_reaches_the_member_and_joins_their_library(guichet, envoye):
    response = guichet.repond(fichiers=[fichier(name="decompte.jpg")])
    assert response.status_code == 303, response.content.decode()
    affaire = Affaire.objects.get()
    assert (affaire.etat, affaire.get_etat_display()) == (EtatAffaire.TRAITE, "Répondu")
    assert envoye.fil.etat == Etat.REPONDU
    assert "Pas encore lu par l’adhérent" in texte(guichet.ouvre())
    assert "Nouveau message" in texte(envoye.acteur.get(reverse("messagerie:messages")))

    page = texte(envoye.get("fil"))
    assert "Vos ressources ont changé" in page
    assert "Camille Roy, Famille et logement" in page
    assert "Nouveau message" not in texte(envoye.acteur.get(reverse("messagerie:messages")))
    assert "Lu par l’adhérent le" in texte(guichet.ouvre())
    assert Document.objects.get(origine=Origine.RECU).libelle.endswith("decompte.jpg")
    [letter] = Courriel.objects.filter(cle__startswith="messagerie.repondu.")
    assert "ressources" not in str(vars(letter))


def test_an_answer_sent_twice_is_one(guichet, envoye):
    first = guichet.repond()
    second = guichet.repond()
    assert first.status_code == second.status_code == 303
    assert Message.objects.by_agents().sent().count() == 1
    assert Courriel.objects.filter(cle__startswith="messagerie.repondu.").count() == 1


def test_after_an_answer_the_next_one_opens_or_the_queues_as_one_chooses(guichet):
    assert "Plutôt revenir à mes files" in texte(guichet.ouvre())
    page = guichet.agent.get(guichet.url("message"), {"ensuite": "files"})
    assert "Ensuite, vous revenez à vos files." in texte(page)
    assert guichet.repond(ensuite="files")["Location"].startswith(f"{reverse('agents:files')}?fait=")


def test_two_agents_never_answer_twice(guichet, envoye, consoeur):
    other = Guichet(consoeur, envoye)
    response = consoeur.post(other.url("repondre"), {"texte": "Moi aussi.", "action": "repondre"})
    assert response.status_code == 409
    assert "Camille Roy" in texte(response)
    guichet.repond()
    response = consoeur.post(other.url("repondre"), {"texte": "Moi aussi.", "action": "repondre"})
    assert response.status_code == 409
    assert Message.objects.by_agents().sent().count() == 1


def test_who_holds_nothing_answers_nothing_whatever_the_door(envoye, agente, consoeur):
    affaire, fil = envoye.message.affaire, envoye.fil
    draft = brouillon.start_in(fil, auteur="agent", by=agente.compte)
    brouillon.write(draft, "Bonjour", by=agente.compte)
    with pytest.raises(NotHeld):
        actions.reply(affaire, draft, vu=envoye.message.pk, by=agente.compte)
    take(affaire, by=consoeur.compte)
    with pytest.raises(NotHeld):
        actions.promise(affaire, fil, "Patience", due_on=today_paris() + timedelta(days=3), vu=None, by=agente.compte)
    with pytest.raises(NotHeld):
        actions.close_as_agent(affaire, fil, "", vu=None, by=agente.compte)
    assert Message.objects.by_agents().sent().count() == 0


def test_what_the_member_adds_meanwhile_is_read_before_an_answer_leaves(guichet, envoye):
    vu = guichet.ouvre().context["vu"]
    envoye.repond("J’ai oublié : je déménage le mois prochain.")
    response = guichet.agent.post(guichet.url("repondre"), {"texte": "Voici.", "vu": vu, "action": "repondre"})
    assert response.status_code == 409
    assert Affaire.objects.get().ended_at is None
    page = texte(response)
    assert "L’adhérent a écrit pendant que vous répondiez" in page
    assert page.count("data-nouveau") == 1, "what was already there is not new"
    assert "je déménage" in page.split("data-nouveau")[1]
    assert ">Voici.</textarea>" in page.replace("\n", "")
    assert response.context["vu"] != vu, "the page that says it shows it: the same answer leaves at once"
    sent = guichet.agent.post(
        guichet.url("repondre"), {"texte": "Voici.", "vu": response.context["vu"], "action": "repondre"}
    )
    assert sent.status_code == 303


@pytest.mark.parametrize(
    ("slug", "said"),
    [
        ("en-cours", {"mot": "Je vérifie.", "due_on": (today_paris() + timedelta(days=6)).isoformat()}),
        ("clore", {"mot": "Je vérifie."}),
        ("completer", {"nature_1": "LOG_BAIL", "raison": "Je vérifie.", "due_on": (today_paris() + timedelta(days=6)).isoformat()}),
    ],
)  # fmt: skip
def test_no_decision_crosses_the_new_words_of_a_member(guichet, envoye, slug, said):
    vu = guichet.ouvre().context["vu"]
    envoye.repond("Une chose encore.")
    posted = {"vu": vu} | {f"{slug}-{name}": value for name, value in said.items()}
    response = guichet.agent.post(guichet.url("decider_message", slug), posted)
    assert response.status_code == 409
    page = texte(response)
    assert "Rien n’est parti." in page
    assert "Une chose encore." in page.split("data-nouveau")[1]
    assert "Je vérifie." in page, "what was filled in is there"
    assert Message.objects.by_agents().sent().count() == 0
    assert DemandePapiers.objects.count() == 0


@pytest.mark.parametrize("action", ["joindre", "utiliser", "repondre"])
def test_an_answer_too_long_stays_on_the_screen_whatever_is_pressed(guichet, envoye, action):
    response = guichet.agent.post(guichet.url("repondre"), {"texte": "a" * 4001, "action": action})
    assert response.status_code == 422
    assert "a" * 4001 in texte(response)
    assert guichet.agent.post(guichet.url("repondre"), {"texte": "", "action": "joindre"}).status_code == 303


def test_a_ready_answer_loses_nothing_of_what_was_typed_or_attached(guichet, envoye):
    modele = ModeleReponse.objects.get(titre="Message : nous vous rappelons")
    page = texte(guichet.ouvre())
    assert modele.titre in page
    assert "Page coupée" not in page, "said of a document"
    data = {"texte": "Bonjour à vous.", "action": "utiliser", "modele": str(modele.pk), "fichiers": [fichier()]}
    response = guichet.agent.post(guichet.url("repondre"), data)
    assert (response.status_code, response["Location"]) == (303, guichet.url("message") + "#repondre")
    page = texte(guichet.ouvre())
    area = page.split('name="texte"')[1].split("</textarea>")[0]
    assert "Bonjour à vous.\n\nBonjour Jeanne," in area
    assert "IMG_2041.jpg" in page
    assert Message.objects.by_agents().sent().count() == 0


def test_another_day_is_promised_with_a_word_and_told(guichet, envoye):
    day = today_paris() + timedelta(days=20)
    response = guichet.decide("en-cours", due_on=day.isoformat(), mot="J’attends la réponse de la mairie.")
    assert response.status_code == 303
    affaire = Affaire.objects.get()
    assert (affaire.due_on, affaire.ended_at) == (day, None)
    page = texte(envoye.get("fil"))
    assert "J’attends la réponse de la mairie." in page
    assert "En cours" in page
    guichet.decide("en-cours", due_on=day.isoformat(), mot="J’attends la réponse de la mairie.")
    assert Courriel.objects.filter(cle__startswith="messagerie.date.").count() == 1
    assert guichet.decide("en-cours", due_on=today_paris().isoformat(), mot="x").status_code == 422


def test_papers_are_asked_from_a_message(guichet, envoye):
    response = guichet.decide(
        "completer",
        nature_1="LOG_BAIL",
        raison="Pour recalculer votre aide.",
        due_on=(today_paris() + timedelta(days=10)).isoformat(),
        message="Pour recalculer votre aide.",
    )
    assert response.status_code == 303
    assert DemandePapiers.objects.get().affaire.genre == "message"
    assert envoye.fil.etat == Etat.A_COMPLETER
    assert "1. Bail" in texte(envoye.get("fil"))


def test_to_another_team_the_date_of_receipt_stays(guichet, envoye, collegue):
    before = Affaire.objects.get()
    guichet.decide("reorienter", service="cotisations")
    after = Affaire.objects.get()
    assert (after.service.code, after.received_at, after.due_on) == ("cotisations", before.received_at, before.due_on)
    assert "Cotisations des exploitants" in texte(envoye.get("fil"))
    assert guichet.ouvre().status_code == 404
    assert collegue.get(guichet.url("message")).status_code == 200


def test_an_agent_closes_without_an_answer_and_the_member_opens_again(guichet, envoye):
    guichet.decide("clore", mot="Merci de votre message.")
    assert envoye.fil.etat == Etat.CLOS
    page = texte(envoye.get("fil"))
    assert "clos" in page
    assert "Rouvrir cet échange" in page
    envoye.repond("Mais il manque encore juin.")
    assert envoye.fil.etat == Etat.RECU
    assert Affaire.objects.count() == 2


def test_the_member_answers_then_closes_then_opens_again(guichet, envoye):
    guichet.repond()
    envoye.get("fil")
    response = envoye.repond("Merci ! Et pour mars ?")
    assert "/accuse/" in response["Location"]
    assert envoye.fil.etat == Etat.RECU
    assert Affaire.objects.count() == 2
    assert Message.objects.by_members().sent().count() == 2
    assert envoye.fil.messages.by_members().order_by("-sent_at").first().accuse_reception is not None
    envoye.post("clore")
    assert envoye.fil.etat == Etat.CLOS
    envoye.repond("En fait, non.")
    assert envoye.fil.etat == Etat.RECU
    assert Fil.objects.count() == 1


def test_a_message_added_while_one_waits_is_the_same_work_and_keeps_the_first_date(envoye):
    promised = Affaire.objects.get().due_on
    envoye.repond("J’ajoute une chose.")
    assert Affaire.objects.get().due_on == promised
    assert Message.objects.sent().count() == 2


def test_an_answer_of_the_member_replayed_is_one(envoye):
    page = envoye.get("fil")
    data = {"texte": "J’ajoute une chose.", "dernier": page.context["dernier"], "action": "envoyer"}
    first = envoye.post("repondre", **data)
    second = envoye.post("repondre", **data)
    assert first["Location"] == second["Location"]
    assert Message.objects.sent().count() == 2


def test_after_thirty_days_a_new_thread_follows_the_closed_one(envoye):
    envoye.post("clore")
    Fil.objects.update(closed_at=timezone.now() - timedelta(days=31))
    assert "commencera un nouveau" in texte(envoye.get("fil"))
    response = envoye.repond("Je reviens vers vous.")
    assert response["Location"].endswith("/verification/")
    following = Plume(envoye.acteur, response["Location"].split("/")[4])
    assert following.fil.suite_de == envoye.fil
    following.envoie()
    assert following.fil.etat == Etat.RECU
    assert envoye.fil.etat == Etat.CLOS


def test_a_draft_begun_before_the_thirty_days_and_sent_after_is_not_lost(envoye):
    envoye.post("clore")
    page = envoye.get("fil")
    response = envoye.post("repondre", texte="Encore un mot", dernier=page.context["dernier"], action="joindre")
    draft = Plume(envoye.acteur, response["Location"].split("/")[4])
    Fil.objects.update(closed_at=timezone.now() - timedelta(days=31))
    assert draft.envoie().status_code == 302
    assert draft.fil.suite_de == envoye.fil
    assert draft.fil.opened_at is not None


def test_the_fund_writes_first_and_the_member_answers(agente, envoye):
    url = Guichet(agente, envoye).url("ecrire")
    form = agente.get(url).context["form"]
    data = {"sujet": "FAM_LOGEMENT", "texte": "Avez-vous déménagé ?", "cle": form["cle"].value()}
    assert agente.post(url, data).status_code == 303
    assert agente.post(url, data).status_code == 303
    fil = Fil.objects.get(affaire=None)
    assert fil.etat == Etat.ECRIT
    assert threads_of(envoye.acteur.personne, 5)[0].is_new
    assert Courriel.objects.filter(subject="Votre MSA vous a écrit").count() == 1
    plume = Plume(envoye.acteur, fil.reference)
    assert "Avez-vous déménagé ?" in texte(plume.get("fil"))
    plume.repond("Non, pas du tout.")
    assert plume.acteur.get(reverse("messagerie:fil", args=[fil.reference])).status_code == 200
    fil.refresh_from_db()
    assert fil.affaire.service.code == "famille"
    assert threads_of(envoye.acteur.personne, 5)[0].fil.reference == fil.reference


def test_nobody_writes_where_nobody_reads(agente, envoye):
    envoye.acteur.compte.closed_at = timezone.now()
    envoye.acteur.compte.save(update_fields=["closed_at"])
    url = Guichet(agente, envoye).url("ecrire")
    data = {"sujet": "FAM_LOGEMENT", "texte": "Bonjour", "cle": agente.get(url).context["form"]["cle"].value()}
    assert agente.post(url, data).status_code == 409


def test_a_file_begun_is_kept_while_the_answer_is_written_and_may_be_taken_out(guichet, envoye):
    guichet.repond(fichiers=[fichier()], action="joindre")
    assert Message.objects.by_agents().sent().count() == 0
    piece = Piece.objects.get()
    assert "IMG_2041.jpg" in texte(guichet.ouvre())
    # What is still being written is nothing to the member.
    assert envoye.acteur.get(reverse("messagerie:original", args=[piece.pk])).status_code == 404
    guichet.agent.post(guichet.url("retirer_piece", piece.pk))
    assert not Piece.objects.exists()


def test_an_agent_joins_what_anybody_can_open(guichet):
    guichet.repond(fichiers=[fichier(fabrique.png_16bit(), "plan.png")], action="joindre")
    assert Piece.objects.get().fichier.media_type == "image/png"
    assert 'accept=".pdf,.jpg,.jpeg,.png,' in guichet.ouvre().content.decode()
    response = guichet.repond(fichiers=[fichier(fabrique.heic_photo(), "photo.heic")], action="joindre")
    assert response.status_code == 422
    assert "Joignez un PDF, ou une image JPEG ou PNG" in texte(response)
    assert Piece.objects.count() == 1


def test_a_refused_file_keeps_the_words(guichet):
    response = guichet.repond("Voici votre décompte.", fichiers=[fichier(b"pas une image", "faux.jpg")])
    assert response.status_code == 422
    assert "faux.jpg" in texte(response)
    assert "Voici votre décompte." in texte(guichet.ouvre())
    assert Affaire.objects.get().ended_at is None


def test_the_pages_of_the_files_are_shown_to_the_team_alone(adherente, agente, collegue):
    plume = Plume(adherente).commence().ecrit()
    plume.joint(fichier(), fichier(PHOTO + b"\0", "IMG_2042.jpg"))
    plume.envoie()
    guichet = Guichet(agente, plume).prend()
    page = guichet.ouvre()
    assert "Page 2 sur 2 de l’échange" in texte(page)
    image = agente.get(guichet.url("page", 2, "lecture"), {"j": page.context["jeton"]})
    assert image["Content-Type"] == "image/jpeg"
    assert collegue.get(guichet.url("page", 2, "lecture"), {"j": page.context["jeton"]}).status_code == 404
    assert agente.get(guichet.url("pdf")).status_code == 200
    asked = agente.post(guichet.url("original", Piece.objects.first().fichier_id), {"raison": "Recours ou contrôle"})
    assert asked.status_code == 200


def test_another_team_and_another_person_see_nothing(envoye, collegue, voisin):
    guichet = Guichet(collegue, envoye)
    for name, args in (
        ("message", []), ("repondre", []), ("ecrire", []), ("decider_message", ["clore"]), ("retirer_piece", [1])
    ):  # fmt: skip
        for acteur in (collegue, voisin):
            assert acteur.get(guichet.url(name, *args)).status_code in {404, 405}, name
            assert acteur.post(guichet.url(name, *args)).status_code in {404, 405}, name


def test_the_address_of_a_document_leads_to_the_message(guichet):
    response = guichet.agent.get(guichet.url("document"))
    assert response["Location"] == guichet.url("message")


def test_taking_the_next_opens_a_message(agente, envoye):
    response = agente.post(reverse("agents:suivant"))
    assert response["Location"].startswith(Guichet(agente, envoye).url("message"))


def test_a_thread_costs_the_agent_the_same_with_ten_and_two_hundred_messages(guichet, envoye):
    def add(messages: int) -> list[str]:
        for number in range(messages):
            row = Message(fil=envoye.fil, auteur="adherent", compte=envoye.acteur.compte, sent_at=timezone.now())
            row.texte, row.read_at = "Encore un mot.", timezone.now()
            row.save()
            if number % 10 == 0:
                joined(row)
        return queries(guichet.agent, guichet.url("message"))

    few, lot = add(10), add(190)
    assert len(lot) == len(few), "\n".join(lot)
    assert len(lot) <= 12, "\n".join(lot)
    assert texte(guichet.ouvre()).count("Encore un mot.") == 200


def joined(message: Message) -> None:
    """A file of one page goes with it."""
    objet = Objet.objects.create(
        cle=f"essai-{message.pk}", taille=1, sha256="0" * 64, media_type="image/jpeg", wrapped_key=b""
    )
    fichier = Fichier.objects.create(nom="photo.jpg", media_type="image/jpeg", taille=1, sha256="0" * 64, pages=1,
                                     original=objet, analyse=Fichier.Analyse.SAIN)  # fmt: skip
    Piece.objects.create(message=message, rang=1, fichier=fichier)


def test_a_former_item_of_a_thread_leads_to_it_too(guichet, envoye, collegue):
    guichet.repond()
    envoye.repond("Merci. Et pour mars ?")
    assert "Et pour mars" in texte(guichet.ouvre())
    assert collegue.get(guichet.url("message")).status_code == 404


def test_answered_long_ago_a_thread_ends_by_itself_then_is_forgotten_with_proof(guichet, envoye):
    guichet.repond(fichiers=[fichier()])
    end_what_is_over()
    assert envoye.fil.closed_at is None
    Fil.objects.update(last_at=timezone.now() - timedelta(days=61))
    end_what_is_over()
    assert envoye.fil.closed_by == Fil.Cloture.DELAI
    old = timezone.now() - timedelta(days=731)
    Fil.objects.update(last_at=old, closed_at=old)
    end_what_is_over()
    end_what_is_over()
    assert envoye.fil.purged_at is not None
    assert not Piece.objects.exists()
    assert not any(bytes(words) for words in Message.objects.values_list("texte_sealed", flat=True))
    proof = Ligne.objects.get(event="messagerie.fil.purged").details
    assert (proof["messages"], proof["fichiers"], len(proof["empreintes"])) == (2, 1, 2)
    # The library keeps what it holds, and the receipt stays.
    assert Document.objects.get(origine=Origine.RECU).feuillets.get().fichier.original is not None
    page = texte(envoye.get("fil"))
    assert "Nous gardons les messages deux ans" in page
    assert envoye.get("accuse", envoye.reference).status_code == 200
    assert not any(constat.is_alarming for constat in constats())


def test_a_thread_that_waits_for_an_answer_is_never_closed_by_time(envoye):
    Fil.objects.update(last_at=timezone.now() - timedelta(days=500))
    end_what_is_over()
    assert envoye.fil.closed_at is None


def test_reconciliation_counts_and_names_what_is_wrong(envoye):
    figures = {constat.libelle: constat for constat in constats()}
    assert figures["Messages reçus"].nombre == 1
    assert not any(constat.is_alarming for constat in constats())
    Affaire.objects.update(due_on=today_paris() - timedelta(days=1))
    assert {c.libelle: c.nombre for c in constats()}["Réponses après la date promise"] == 1
    Message.objects.update(affaire=None)
    Fil.objects.update(affaire=None)
    wrong = {constat.libelle for constat in constats() if constat.is_alarming}
    assert "Échanges ouverts sans personne en charge" in wrong
    assert "Messages que personne ne suit, ou suivis pour une autre personne" in wrong


def test_an_answer_after_the_end_is_refused_to_the_agent(guichet, envoye, consoeur):
    guichet.repond()
    draft = brouillon.start_in(envoye.fil, auteur="agent", by=consoeur.compte)
    brouillon.write(draft, "Trop tard", by=consoeur.compte)
    with pytest.raises((AlreadyDecided, Refusal)):
        actions.reply(Affaire.objects.get(), draft, vu=envoye.message.pk, by=consoeur.compte)


def test_a_message_of_a_lot_says_so_and_a_superviseur_moves_it(agente, envoye):
    guichet = Guichet(agente, envoye)
    nadia = Acteur(superviseur())
    geste = Geste(genre=Lot.Genre.REORIENTER, service=service("cotisations"))
    lot = prepare(geste, [guichet.affaire.pk], cle=uuid4(), by=nadia.compte)
    page = texte(guichet.ouvre())
    assert "Dans un lot" in page
    assert "Décision en lot prévue" in page
    assert "Attribuer à un agent" not in page
    cancel(lot, by=nadia.compte)
    assert "Attribuer à un agent" in texte(nadia.get(guichet.url("message")))
    assert nadia.post(guichet.url("attribuer"), {"agent": str(agente.compte.pk)}).status_code == 303
    guichet.affaire.refresh_from_db()
    assert guichet.affaire.taken_by == agente.compte


def test_what_is_written_again_in_a_thread_of_another_fund_goes_where_it_is(guichet, envoye, adherente):
    ailleurs = autre_caisse()
    paul = Acteur(CompteFactory(agent=True, nom="Paul Petit", caisse=ailleurs.caisse, services=[ailleurs]))
    transfer(guichet.affaire, service=ailleurs, by=superviseur())
    assert Guichet(paul, envoye).prend().repond().status_code == 303
    assert envoye.repond("Merci. Et pour mars ?").status_code == 302
    affaire = Affaire.objects.get(ended_at=None)
    assert (affaire.caisse, affaire.service) == (ailleurs.caisse, ailleurs)
    assert "Et pour mars" in texte(paul.get(reverse("agents:message", args=[affaire.pk])))


def test_no_key_of_a_thread_with_files_does_two_things(adherente, agente):
    plume = Plume(adherente).commence().ecrit()
    plume.joint(fichier())
    plume.envoie()
    page = Guichet(agente, plume).prend().ouvre()
    shown = re.findall(r'data-enclos-touche="([^"]+)"', page.content.decode())
    assert {"t", "j", "c", "o", "x", "e", "l", "p", "i", "f"} <= set(shown)
    assert keys_twice(page.content.decode()) == []
    assert keys_twice(page.content.decode().replace('touche="j"', 'touche="e"')) == ["e"], "the guard sees it"
