"""The bench through HTTP: the queue, a document, each decision and what the member's side gets."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from enclos.caisses.models import Nature
from enclos.coffre.models import Fichier
from enclos.comptes.models import Compte
from enclos.courrier.models import Courriel
from enclos.demo.factories import CompteFactory
from enclos.envois.demandes import PapierVoulu, ask_papers
from enclos.envois.models import DemandePapiers
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.socle.dates import age_on, today_paris
from enclos.suivi.models import Affaire, Note
from tests.agents.conftest import text_of
from tests.conftest import Acteur

pytestmark = pytest.mark.django_db


def url(affaire, rest=""):
    return f"/agent/documents/{affaire.pk}/{rest}"


def decide(acteur, affaire, slug, **data):
    """Post a decision as its form does, names prefixed."""
    plain = {name: data.pop(name) for name in ("service_file", "ensuite") if name in data}
    if "service_file" in plain:
        plain["service"] = plain.pop("service_file")
    return acteur.post(
        url(affaire, f"decision/{slug}/"), plain | {f"{slug}-{name}": value for name, value in data.items()}
    )


@pytest.fixture
def consoeur(db: None) -> Acteur:
    """Lou Petit, of the same team as Camille."""
    from enclos.caisses.access import default_caisse

    return Acteur(CompteFactory(agent=True, nom="Lou Petit", services=default_caisse().services.filter(code="famille")))


@pytest.fixture
def bail(envoyer, adherente, agente):
    """A lease of two pages, held by Camille."""
    [affaire] = envoyer(adherente.compte, "LOG_BAIL", pages=2)
    agente.post("/agent/suivant/", {"vu": timezone.now().isoformat()})
    affaire.refresh_from_db()
    assert affaire.taken_by == agente.compte
    return affaire


# --- as it should go


def test_the_next_document_opens_at_once(envoyer, adherente, agente):
    [affaire] = envoyer(adherente.compte, "LOG_BAIL", pages=2)
    queue = text_of(agente.get("/agent/"))
    assert "1 document à prendre" in queue
    assert "Jeanne Delattre" in queue
    response = agente.post("/agent/suivant/", {"vu": timezone.now().isoformat()})
    assert (response.status_code, response["Location"]) == (303, url(affaire))
    page = text_of(agente.get(response["Location"]))
    for words in ("Bail", "Jeanne Delattre", "En cours", "Non analysé", "Page 2 sur 2 du document", "Personne concernée",
                  "Traité", "À compléter", "Refusé", "Réorienter", "Signaler médical"):  # fmt: skip
        assert words in page
    nir = adherente.personne.nir
    assert nir not in page
    assert f"• {nir[-3:]}"[-3:] in page


def test_who_it_is_stands_under_the_title(bail, agente, adherente):
    personne = adherente.personne
    page = text_of(agente.get(url(bail)))
    strip = page.split('class="banc-adherent"')[1].split("</ul>")[0]
    assert f'href="/agent/personnes/{personne.pk}/"><strong>{personne.nom_complet}</strong></a>, ' in strip
    assert f"</a>, {age_on(personne.date_naissance, today_paris())} an" in strip
    assert "Aucun papier attendu" in strip
    assert page.index("banc-adherent") < page.index("banc-papier") < page.index('id="decisions"'), (
        "who, what, then what to do"
    )
    decide(agente, bail, "traiter")
    Note.objects.create(personne=personne, affaire=bail, agent=agente.compte, texte="À rappeler.")
    ask_papers(
        personne=personne, service=bail.service, libelle="Votre aide", due_on=today_paris() + timedelta(days=9),
        papiers=[PapierVoulu(nature=Nature.objects.get(pk=code), raison="Pour votre aide.") for code in ("LOG_BAIL", "LOG_QUITTANCE")],
        by=SYSTEM,
    )  # fmt: skip
    strip = text_of(agente.get(url(bail))).split('class="banc-adherent"')[1].split("</ul>")[0]
    assert "2 papiers attendus" in strip
    assert "1 note" in strip


@pytest.mark.parametrize(("day", "age"), [("2026-05-13", 40), ("2026-05-14", 41), ("2027-01-01", 41)])
def test_an_age_changes_on_the_birthday(day, age):
    assert age_on(date(1985, 5, 14), date.fromisoformat(day)) == age


def test_when_nothing_is_left_to_take_what_she_holds_opens(bail, agente):
    later = {"vu": timezone.now().isoformat()}
    assert agente.post("/agent/suivant/", later)["Location"] == url(bail)
    assert agente.post("/agent/suivant/", later | {"service": "famille"})["Location"] == url(bail, "?service=famille")
    decide(agente, bail, "traiter")
    assert agente.post("/agent/suivant/", later)["Location"] == "/agent/"


def test_a_page_is_an_image(bail, agente, inspection):
    page = agente.get(url(bail)).content.decode()
    address = page.split('class="feuille" id="page-2"><img src="')[1].split('"')[0]
    response = agente.get(address)
    assert response["Content-Type"] == "image/jpeg"
    assert response.content[:2] == b"\xff\xd8"
    assert response["Cache-Control"] == "no-store, private"


def test_traite_with_a_word_reaches_the_member_and_the_next_document_opens(bail, envoyer, adherente, agente):
    [following] = envoyer(adherente.compte, "LOG_QUITTANCE")
    response = decide(agente, bail, "traiter", reponse="Votre bail est enregistré.")
    assert (response.status_code, response["Location"]) == (303, url(following, f"?fait={bail.pk}"))
    bail.refresh_from_db()
    assert (bail.get_etat_display(), bail.reponse) == ("Traité", "Votre bail est enregistré.")
    page = text_of(agente.get(response["Location"]))
    assert "de Jeanne Delattre : <strong>Traité</strong>" in page
    assert 'Annuler<span class="invisible"> cette décision</span>' in page
    mails = Courriel.objects.filter(cle__startswith="envois.decision")
    assert [mail.to for mail in mails] == [adherente.compte.courriel]
    assert "Delattre" not in mails.get().text


def test_a_double_click_decides_once_and_leads_to_the_same_place(bail, envoyer, adherente, agente):
    envoyer(adherente.compte, "LOG_QUITTANCE", "LOG_DPE")
    first = decide(agente, bail, "traiter", reponse="")
    second = decide(agente, bail, "traiter", reponse="")
    assert first["Location"] == second["Location"]
    assert Affaire.objects.held_by(agente.compte).count() == 1
    assert Courriel.objects.filter(cle__startswith="envois.decision").count() == 1
    assert Ligne.objects.about(bail).filter(event="suivi.affaire.settled").count() == 1


def test_the_agent_may_go_back_to_her_queues_after_a_decision(bail, envoyer, adherente, agente):
    envoyer(adherente.compte, "LOG_QUITTANCE")
    response = decide(agente, bail, "traiter", ensuite="files", service_file="famille")
    assert response["Location"] == f"/agent/?service=famille&fait={bail.pk}"
    assert not Affaire.objects.held_by(agente.compte).exists()
    assert "<strong>Traité</strong>" in text_of(agente.get(response["Location"]))


def test_a_completer_becomes_papers_asked_of_the_member(bail, adherente, agente):
    due = today_paris() + timedelta(days=20)
    response = decide(
        agente, bail, "completer",
        nature_1="LOG_QUITTANCE", raison="Pour calculer votre aide.", precision_1="d’octobre", nature_3="BQ_RIB", due_on=due.isoformat(), message="Presque fini.",
    )  # fmt: skip
    assert response.status_code == 303
    bail.refresh_from_db()
    assert (bail.get_etat_display(), bail.reponse) == ("À compléter", "Presque fini.")
    demande = DemandePapiers.objects.get(personne=adherente.personne)
    assert [(p.nature_id, p.precision) for p in demande.papiers.all()] == [
        ("LOG_QUITTANCE", "d’octobre"),
        ("BQ_RIB", ""),
    ]
    assert (demande.due_on, demande.message, demande.asked_by) == (due, "Presque fini.", "Camille Roy")
    assert Courriel.objects.filter(cle=f"envois.demande.{demande.reference}").count() == 1
    assert (
        decide(
            agente, bail, "completer", nature_1="BQ_RIB", raison="Pour vous payer.", due_on=due.isoformat()
        ).status_code
        == 303
    )
    assert DemandePapiers.objects.count() == 1

    page = text_of(adherente.get(f"/espace/envois/{bail.reference}/"))
    assert "Quittance de loyer, d’octobre" in page
    assert "Presque fini." in page
    assert f'href="/espace/papiers/{demande.reference}/"' in page
    assert "Tous vos documents ont une réponse" in page
    DemandePapiers.objects.update(closed_at=timezone.now())
    assert "Vous avez envoyé ce qui manquait" in text_of(adherente.get(f"/espace/envois/{bail.reference}/"))


def test_the_date_proposed_is_in_fifteen_days(bail, agente):
    page = agente.get(url(bail, "?decision=completer")).content.decode()
    assert f'value="{(today_paris() + timedelta(days=15)).isoformat()}"' in page


def test_refuse_says_why(bail, adherente, agente):
    decide(agente, bail, "refuser", refus="illisible", reponse="La page 2 est floue. Refaites la photo.")
    bail.refresh_from_db()
    assert (bail.get_etat_display(), bail.get_refus_display()) == ("Refusé", "Le document n’est pas lisible")
    assert "La page 2 est floue." in text_of(agente.get(url(bail)))
    page = text_of(adherente.get(f"/espace/envois/{bail.reference}/"))
    assert "Le document n’est pas lisible." in page
    assert "La page 2 est floue." in page


def test_reorienter_hands_it_to_the_other_team(bail, agente, collegue):
    assert collegue.get(url(bail)).status_code == 404
    received = bail.received_at
    response = decide(agente, bail, "reorienter", service="cotisations")
    assert "réorienté" in text_of(agente.get(response["Location"]))
    assert agente.get(url(bail)).status_code == 404
    bail.refresh_from_db()
    assert bail.received_at == received
    assert "a réorienté ce document de « Famille et logement » vers" in text_of(collegue.get(url(bail)))


def test_a_document_redirected_to_another_of_her_teams_does_not_come_back_at_once(bail, agente):
    agente.compte.services.add(bail.caisse.services.get(code="cotisations"))
    response = decide(agente, bail, "reorienter", service="cotisations")
    assert response["Location"] == "/agent/?fait=reoriente"


def test_a_document_cannot_be_sent_on_to_the_medical_team_which_only_reads_post(bail, agente):
    assert "Service médical" not in agente.get(url(bail, "?decision=reorienter")).content.decode()
    assert decide(agente, bail, "reorienter", service="medical").status_code == 422


def test_each_medical_document_of_a_sending_is_told_by_itself(envoyer, adherente, agente):
    for affaire in envoyer(adherente.compte, "LOG_BAIL", "LOG_QUITTANCE"):
        agente.post(url(affaire, "prendre/"))
        decide(agente, affaire, "signaler-medical", confirme="on")
    assert Courriel.objects.filter(cle__startswith="envois.poste-").count() == 2


def test_a_medical_document_leaves_everybodys_sight(bail, adherente, agente, inspection):
    page = agente.get(url(bail)).content.decode()
    image = page.split('id="page-1"><img src="')[1].split('"')[0]
    assert agente.get(image).status_code == 200
    decide(agente, bail, "signaler-medical", confirme="on")
    bail.refresh_from_db()
    assert bail.is_medical
    assert bail.get_etat_display() == "Refusé"
    for address in (image, url(bail, "document.pdf")):
        assert agente.get(address).status_code == 404
    assert "Document médical retiré" in text_of(agente.get(url(bail)))
    assert Courriel.objects.filter(cle__startswith="envois.poste-").count() == 1
    assert "par la poste" in bail.reponse
    page = text_of(adherente.get(f"/espace/envois/{bail.reference}/"))
    assert "Ce fichier n’est plus montré à personne." in page
    assert "/original/" not in page
    assert "SERVICE MEDICAL" in page


def test_a_decision_is_taken_back(bail, agente):
    decide(agente, bail, "traiter")
    assert agente.post(url(bail, "rouvrir/")).status_code == 303
    assert "Votre décision" in text_of(agente.get(url(bail)))


def test_every_opening_is_in_the_journal(bail, agente, consoeur, inspection):
    agente.get(url(bail))
    consoeur.get(url(bail))
    agente.get(url(bail, "document.pdf"))
    opened = Ligne.objects.about(bail).filter(event__startswith="agents.").order_by("pk")
    assert [(line.event, line.actor_label) for line in opened] == [
        ("agents.document.opened", "Camille Roy"),
        ("agents.document.opened", "Lou Petit"),
        ("agents.document.downloaded", "Camille Roy"),
    ]
    page = text_of(agente.get(url(bail)))
    assert "Lou Petit a ouvert ce document" in page


def test_the_whole_document_as_one_pdf(bail, agente, inspection):
    response = agente.get(url(bail, "document.pdf"))
    assert response.content[:5] == b"%PDF-"
    assert response["Content-Disposition"] == f'attachment; filename="{bail.reference}-1.pdf"'


def test_the_original_asks_for_a_reason_and_writes_it_down(bail, agente):
    fichier = Fichier.objects.get(page__document__affaire=bail)
    address = url(bail, f"originaux/{fichier.pk}/")
    assert "tel que l’appareil de l’adhérent l’a envoyé" in text_of(agente.get(address))
    assert agente.post(address).status_code == 422
    response = agente.post(address, {"raison": "La copie se lit mal", "precision": "page 2"})
    assert response["Content-Disposition"] == 'attachment; filename="IMG_2041.jpg"'
    assert hash_of(response) == fichier.sha256
    [line] = Ligne.objects.filter(event="agents.original.opened")
    assert (line.details["raison"], line.details["sha256"]) == ("La copie se lit mal", fichier.sha256)
    assert "a téléchargé un fichier d’origine : La copie se lit mal" in text_of(agente.get(url(bail)))


def hash_of(response):
    import hashlib

    return hashlib.sha256(b"".join(response) if response.streaming else response.content).hexdigest()


def test_other_documents_of_the_member_are_listed(bail, envoyer, adherente, agente, collegue):
    envoyer(adherente.compte, "EXP_STATUTS")
    page = text_of(agente.get(url(bail)))
    assert "En attente d’une réponse" in page
    other = Affaire.objects.exclude(pk=bail.pk).get()
    assert str(other.pk) not in page  # another team's: known, not opened


def test_the_queue_is_filtered_by_group_and_says_what_is_late(envoyer, adherente, agente):
    envoyer(adherente.compte, "LOG_BAIL", "FAM_SCOLARITE")
    late = today_paris() - timedelta(days=3)
    Affaire.objects.filter(groupe="Logement").update(due_on=late, rang_on=late)
    page = text_of(agente.get("/agent/?groupe=Logement"))
    assert "Bail" in page
    assert "3 jours de retard" in page
    assert "Certificat de scolarité" not in page.split("<table")[1]
    assert "1 en retard" in page


def test_a_released_document_is_free_again(bail, agente, consoeur):
    assert "Camille Roy s’en occupe" in text_of(consoeur.get(url(bail)))
    assert agente.post(url(bail, "rendre/")).status_code == 303
    assert "Prendre ce document" in text_of(consoeur.get(url(bail)))
    assert consoeur.post(url(bail, "prendre/")).status_code == 303
    assert "Lou Petit s’en occupe" in text_of(agente.get(url(bail)))


# --- what is refused


@pytest.mark.parametrize(
    ("slug", "data", "words"),
    [
        ("refuser", {"reponse": "Floue."}, "Choisissez la raison du refus."),
        ("refuser", {"refus": "illisible", "reponse": " "}, "Écrivez à l’adhérent ce qui ne va pas"),
        ("refuser", {"refus": "medical", "reponse": "Non."}, "Sélectionnez un choix valide"),
        ("refuser", {"refus": "autre", "reponse": "Celui de 1 72 03 62 999 024."}, "un numéro de sécurité sociale"),
        ("traiter", {"reponse": "Pour 1720362999024."}, "un numéro de sécurité sociale"),
        ("completer", {"due_on": "2126-01-01"}, "Choisissez le papier qui manque."),
        ("completer", {"nature_1": "BQ_RIB", "due_on": ""}, "Choisissez la date limite."),
        ("completer", {"nature_1": "BQ_RIB", "due_on": "2020-01-01"}, "La date limite doit être après aujourd’hui"),
        ("completer", {"nature_1": "SANTE_ARRET", "due_on": "2126-01-01"}, "Choisissez un papier de la liste."),
        (
            "completer",
            {"nature_1": "BQ_RIB", "precision_2": "page 2", "due_on": "2126-01-01"},
            "le papier que vous précisez",
        ),
        ("reorienter", {}, "Choisissez le service."),
        ("reorienter", {"service": "famille"}, "Choisissez un service de la liste."),
        ("signaler-medical", {}, "Cochez la case pour confirmer"),
    ],
)
def test_an_incomplete_decision_comes_back_with_what_to_do(bail, agente, slug, data, words):
    response = decide(agente, bail, slug, **data)
    assert response.status_code == 422
    page = text_of(response)
    assert words in page
    assert "à corriger" in page
    assert "<title>Erreur : " in page
    if "reponse" in data and data["reponse"].strip():
        assert data["reponse"] in page
    bail.refresh_from_db()
    assert not bail.is_ended


def test_nobody_decides_what_a_colleague_holds(bail, agente, consoeur):
    assert decide(consoeur, bail, "traiter").status_code == 409
    assert decide(consoeur, bail, "refuser").status_code == 409
    assert consoeur.post(url(bail, "prendre/")).status_code == 409
    assert "Votre décision</h2>" not in text_of(consoeur.get(url(bail)))


def test_another_decision_after_the_first_is_told_so(bail, agente):
    decide(agente, bail, "traiter")
    response = decide(agente, bail, "refuser", refus="autre", reponse="Non.")
    assert response.status_code == 409
    assert "Ce document est déjà « Traité »" in text_of(response)


def test_a_document_being_scanned_is_listed_but_neither_given_nor_opened(envoyer, adherente, agente):
    [waiting] = envoyer(adherente.compte, "LOG_BAIL", analyse=Fichier.Analyse.EN_COURS)
    assert "Analyse en cours" in text_of(agente.get("/agent/"))
    assert agente.post("/agent/suivant/")["Location"] == "/agent/"
    page = text_of(agente.get(url(waiting)))
    assert "L’antivirus n’a pas fini" in page
    assert "liseuse" not in page.split("</head>")[1].split('<section class="banc-papier"')[1].split("</section>")[0]
    assert agente.get(url(waiting, "document.pdf")).status_code == 404


def test_a_dangerous_file_is_named_and_never_opened(bail, agente):
    fichier = Fichier.objects.get(page__document__affaire=bail)
    Fichier.objects.filter(pk=fichier.pk).update(
        analyse=Fichier.Analyse.INFECTE, retrait=Fichier.Retrait.DANGEREUX, retired_at=timezone.now()
    )
    page = text_of(agente.get(url(bail)))
    assert "L’antivirus a trouvé un danger dans « IMG_2041.jpg »" in page
    assert agente.get(url(bail, "document.pdf")).status_code == 404
    assert agente.get(url(bail, f"originaux/{fichier.pk}/")).status_code == 404


def test_a_page_is_not_given_without_having_opened_the_document(bail, agente, consoeur):
    assert agente.get(url(bail, "pages/1/lecture.jpg")).status_code == 404
    token = agente.get(url(bail)).content.decode().split("lecture.jpg?j=")[1].split('"')[0]
    assert consoeur.get(url(bail, f"pages/1/lecture.jpg?j={token}")).status_code == 404
    for address in (
        f"pages/9/lecture.jpg?j={token}",
        f"pages/1/geante.jpg?j={token}",
        f"pages/0/lecture.jpg?j={token}",
    ):
        assert agente.get(url(bail, address)).status_code == 404


def test_the_original_is_for_who_is_in_charge(bail, consoeur):
    fichier = Fichier.objects.get(page__document__affaire=bail)
    assert consoeur.get(url(bail, f"originaux/{fichier.pk}/")).status_code == 404


@pytest.mark.parametrize("query", ["?apres=rien", "?groupe=Inconnu", "?service=cotisations", "?fait=x", "?apres="])
def test_odd_addresses_show_the_queue(envoyer, adherente, agente, query):
    envoyer(adherente.compte, "LOG_BAIL")
    assert "Bail" in text_of(agente.get(f"/agent/{query}"))


@pytest.mark.parametrize("vu", ["", "hier", "2026-13-45T00:00:00", "2026-11-01T10:00:00"])
def test_an_odd_date_of_page_still_gives_the_next(envoyer, adherente, agente, vu):
    [affaire] = envoyer(adherente.compte, "LOG_BAIL")
    assert agente.post("/agent/suivant/", {"vu": vu})["Location"] == url(affaire)


# --- who may not


def test_a_member_and_a_stranger_see_nothing_of_the_bench(bail, adherente, client):
    for address in ("/agent/", url(bail), url(bail, "document.pdf"), "/agent/a-surveiller/"):
        assert adherente.get(address).status_code == 404
        assert client.get(address).status_code == 302


def test_an_agent_without_second_factor_is_asked_for_it(bail, agente):
    from enclos.comptes.models import Session

    Session.objects.filter(compte=agente.compte).update(is_strong=False)
    response = agente.get(url(bail))
    assert response.status_code == 302
    assert response["Location"].startswith("/connexion/")


def test_another_team_gets_nothing_whatever_it_asks(bail, collegue):
    fichier = Fichier.objects.get(page__document__affaire=bail)
    for address in ("", "document.pdf", "pages/1/lecture.jpg", f"originaux/{fichier.pk}/"):
        assert collegue.get(url(bail, address)).status_code == 404
    for address in ("prendre/", "rendre/", "rouvrir/", "decision/traiter/", f"originaux/{fichier.pk}/"):
        assert collegue.post(url(bail, address)).status_code == 404
    assert Compte.objects.get(pk=collegue.compte.pk).affaires.count() == 0
