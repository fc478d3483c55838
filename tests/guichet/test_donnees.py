"""« Mes données », how the copy is made: one ZIP, in the background, for its member alone."""

import tracemalloc
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from enclos.accueil import controle
from enclos.accueil.donnees import fabrication
from enclos.accueil.models import CopieDonnees
from enclos.accueil.tasks import copies_due, copies_over
from enclos.coffre.models import Fichier, Objet
from enclos.coffre.objets import store
from enclos.coffre.storage import StorageUnavailable, storage
from enclos.coffre.tasks import sweep_unclaimed
from enclos.courrier.models import Courriel
from enclos.journal.models import Ligne
from enclos.socle.archive import Membre, zipped
from enclos.socle.dates import today_paris
from tests.conftest import Acteur
from tests.guichet.conftest import prove
from tests.guichet.copies import ICI, NIR, copie_of, demander, opened

pytestmark = pytest.mark.django_db


# --- who, when, how often


def test_a_fresh_proof_is_asked_to_ask_and_to_take(adherente: Acteur):
    for answer in (
        adherente.get(ICI),
        adherente.post(ICI),
        adherente.get(f"{ICI}0190f3a4-0000-7000-8000-000000000000/"),
    ):
        assert answer.status_code in {302, 303}
        assert answer["Location"].startswith("/connexion/preuve/")
    assert not CopieDonnees.objects.exists()


def test_the_page_says_where_the_copy_stands(jeanne: Acteur, travailleur):
    assert "Demander une copie" in jeanne.get(ICI).content.decode()
    page = jeanne.post(ICI, follow=True).content.decode()
    assert "Nous préparons votre copie" in page
    assert "Demander une copie" not in page
    travailleur()
    page = jeanne.get(ICI).content.decode()
    assert "Votre copie est prête" in page
    assert "Télécharger la copie" in page


def test_the_answer_that_carries_it_is_hardened_and_names_nobody(jeanne: Acteur, travailleur):
    demander(jeanne)
    travailleur()
    answer = jeanne.get(f"{ICI}{copie_of(jeanne).pk}/")
    assert answer["Content-Type"] == "application/zip"
    assert f"mes-donnees-{today_paris()}.zip" in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "no-store, private"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert Ligne.objects.filter(event="accueil.donnees.downloaded", object_id=str(jeanne.compte.pk)).count() == 1


def test_nobody_else_takes_it(jeanne: Acteur, voisin: Acteur, agente: Acteur, travailleur):
    demander(jeanne)
    travailleur()
    url = f"{ICI}{copie_of(jeanne).pk}/"
    assert prove(voisin).get(url).status_code == 404
    assert prove(agente).get(url).status_code == 404
    assert Client().get(url)["Location"].startswith("/connexion/")


def test_one_at_a_time_and_one_a_day(jeanne: Acteur, travailleur):
    assert demander(jeanne).status_code == 303
    assert demander(jeanne).status_code == 303  # a double click
    assert CopieDonnees.objects.count() == 1
    travailleur()
    page = jeanne.get(ICI).content.decode()
    assert "Demander une autre copie" not in page
    assert "Vous pourrez en demander une autre" in page
    answer = demander(jeanne)
    assert answer.status_code == 409
    assert "24 heures" in answer.content.decode()
    CopieDonnees.objects.update(asked_at=timezone.now() - timedelta(days=1, seconds=1))
    assert demander(jeanne).status_code == 303
    assert CopieDonnees.objects.count() == 2


def test_the_mail_says_it_is_ready_and_nothing_more(jeanne: Acteur, travailleur):
    demander(jeanne)
    travailleur()
    (mail,) = Courriel.objects.filter(subject="La copie de vos données est prête")
    assert mail.to == jeanne.compte.courriel
    for word in ("Delattre", "Jeanne", NIR):
        assert word not in mail.text
    assert ICI in mail.text


def test_it_is_erased_after_a_week(jeanne: Acteur, travailleur):
    demander(jeanne)
    travailleur()
    copie = copie_of(jeanne)
    cle = copie.objet.cle
    assert copies_over() == 0
    CopieDonnees.objects.update(
        expire_at=timezone.now() - timedelta(seconds=1), asked_at=timezone.now() - timedelta(days=7, seconds=9)
    )
    assert jeanne.get(f"{ICI}{copie.pk}/").status_code == 404
    assert copies_over() == 1
    assert copies_over() == 0
    copie.refresh_from_db()
    assert copie.objet is None
    assert copie.erased_at is not None
    assert not storage().has(cle)
    assert "Demander une copie" in jeanne.get(ICI).content.decode()


def test_closing_the_account_erases_it(jeanne: Acteur, travailleur):
    demander(jeanne)
    travailleur()
    cle = copie_of(jeanne).objet.cle
    jeanne.post("/espace/compte/fermer/", {"confirme": "on"})
    assert not storage().has(cle)
    assert copie_of(jeanne).erased_at is not None


def test_an_account_closed_while_its_copy_waits_gets_none(jeanne: Acteur, travailleur):
    demander(jeanne)
    jeanne.post("/espace/compte/fermer/", {"confirme": "on"})
    travailleur()
    copies_due()
    copie = copie_of(jeanne)
    assert copie.objet is None
    assert copie.is_broken
    assert not [constat for constat in controle.constats() if constat.is_alarming]


# --- what may go wrong


def test_a_worker_killed_in_the_middle_is_followed_by_another(jeanne: Acteur, monkeypatch):
    demander(jeanne)
    copie = copie_of(jeanne)
    before = Objet.objects.count()

    def power_cut(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fabrication.emails, "copie_prete", power_cut)
        with pytest.raises(KeyboardInterrupt):
            copies_due()
    assert Objet.objects.count() == before
    assert copies_due() == 0  # its lease runs
    CopieDonnees.objects.update(next_at=timezone.now())
    assert copies_due() == 1
    copie.refresh_from_db()
    assert copie.is_ready
    assert sweep_unclaimed() == 0


def test_a_storage_away_is_tried_again(jeanne: Acteur, monkeypatch):
    demander(jeanne)

    def away(*args, **kwargs):
        raise StorageUnavailable("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(fabrication, "put_pieces", away)
        assert copies_due() == 0
    copie = copie_of(jeanne)
    assert copie.last_error.startswith("StorageUnavailable")
    assert copie.is_being_made
    CopieDonnees.objects.update(next_at=timezone.now())
    assert copies_due() == 1


def test_made_twice_at_once_one_is_kept_and_the_other_leaves_nothing(jeanne: Acteur):
    demander(jeanne)
    copie = copie_of(jeanne)
    stored = sum(1 for _ in storage().listing())
    stale = CopieDonnees.objects.get(pk=copie.pk)
    fabrication.make(copie)
    fabrication.make(stale)
    assert Courriel.objects.filter(subject="La copie de vos données est prête").count() == 1
    assert sum(1 for _ in storage().listing()) == stored + 1


def test_a_long_work_says_that_it_is_in_hand(jeanne: Acteur, monkeypatch):
    demander(jeanne)
    copie = copie_of(jeanne)
    monkeypatch.setattr(fabrication, "BEAT_S", -1.0)
    CopieDonnees.objects.update(next_at=timezone.now() - timedelta(hours=1))
    assert list(fabrication.beating(copie, [b"a", b"b"])) == [b"a", b"b"]
    assert CopieDonnees.objects.get().next_at > timezone.now()


def test_a_broken_copy_is_an_alarm_and_may_be_asked_again(jeanne: Acteur):
    demander(jeanne)
    CopieDonnees.objects.update(broken_at=timezone.now(), next_at=None)
    assert [constat.nombre for constat in controle.constats() if constat.is_alarming] == [1]
    assert "Nous n’avons pas pu faire votre copie" in jeanne.get(ICI).content.decode()
    assert demander(jeanne).status_code == 303
    assert CopieDonnees.objects.count() == 2


# --- however large


def test_memory_stays_flat_whatever_the_files_weigh(jeanne: Acteur, monkeypatch):
    piece = bytes(range(256)) * 1024
    pieces = 400  # 100 MB
    heavy = store(piece, "image/jpeg")

    def long_stream(objet):
        return (piece for _ in range(pieces))

    Fichier.objects.update(original=heavy)
    monkeypatch.setattr("enclos.accueil.donnees.contenu.stream", long_stream)
    demander(jeanne)
    tracemalloc.start()
    try:
        fabrication.make(copie_of(jeanne))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12_000_000
    with opened(jeanne) as copie:
        (name,) = [name for name in copie.namelist() if name.startswith("fichiers/")]
        assert copie.getinfo(name).file_size == pieces * len(piece)


def test_a_zip_written_piece_by_piece_opens_anywhere(tmp_path: Path):
    members = [Membre("é/à.txt", [b"a" * 70_000, b"b"]), Membre("vide.txt", []), Membre("x.json", [b"{}"], 2**31)]
    path = tmp_path / "x.zip"
    path.write_bytes(b"".join(zipped(members, timezone.now())))
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["é/à.txt", "vide.txt", "x.json"]
        assert archive.read("é/à.txt") == b"a" * 70_000 + b"b"


def test_the_number_of_queries_does_not_grow_with_the_page(jeanne: Acteur, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        jeanne.get(ICI)
