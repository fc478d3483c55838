"""What the vault lost: never counted as read, told in what was taken away and on the screen, found again when it comes back."""

from datetime import date
from typing import Any

import pytest

from enclos.bibliotheque import actions, telechargement
from enclos.bibliotheque.controle import constats
from enclos.bibliotheque.models import Document
from enclos.coffre import assemblage
from enclos.coffre.models import Objet
from enclos.coffre.objets import store
from enclos.coffre.storage import StorageUnavailable, storage
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from tests.agents.conftest import file_of
from tests.bibliotheque.conftest import ICI, depose, octets_de, pdf, texte_de
from tests.bibliotheque.test_telechargement import archive_of, cut, lose, pages_of, three
from tests.coffre.inspection import fabrique
from tests.conftest import Acteur

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspection")]

WORDS = "Un document ne peut pas être lu pour le moment"


def spoil(document: Document) -> None:
    """Change its bytes in the storage, past their beginning."""
    path = storage()._path(document.sheets[0].original.cle)
    path.write_bytes(path.read_bytes()[:-10])


def read_of(documents: list[Document]) -> list[bool]:
    rows = Document.objects.in_bulk([document.pk for document in documents])
    return [rows[document.pk].ouvert_at is not None for document in documents]


def taken(acteur: Acteur, forme: str) -> Any:
    answer = acteur.get(f"{ICI}tout.{forme}")
    return archive_of(answer) if forme == "zip" else pages_of(answer)


@pytest.mark.parametrize("forme", ["zip", "pdf"])
@pytest.mark.parametrize("harm", [lose, spoil])
def test_only_what_went_out_is_read(consentante: Acteur, forme: str, harm: Any) -> None:
    documents = three(consentante)
    important = depose(consentante.personne, "Décision", nature="décision", feuillets=[pdf("Decision", 2)])
    harm(documents[1])
    harm(important)
    taken(consentante, forme)
    assert read_of(documents) == [True, False, True]
    important.refresh_from_db()
    assert important.ouvert_at is None
    assert important.notification.notifie_on is None, "the law's date waits for a reading"
    assert important.is_nouveau
    assert Ligne.objects.filter(event="bibliotheque.document.opened").count() == 2


def test_a_document_of_two_files_one_of_which_is_lost_is_not_read(adherente: Acteur) -> None:
    document = depose(adherente.personne, feuillets=[pdf("Un"), pdf("Deux")])
    storage().delete(document.sheets[1].original.cle)
    archive_of(adherente.get(f"{ICI}tout.zip"))
    pages_of(adherente.get(f"{ICI}tout.pdf"))
    assert read_of([document]) == [False]


def test_what_is_missing_is_told_in_the_zip_in_a_file_of_its_own(adherente: Acteur) -> None:
    documents = three(adherente)
    lose(documents[1])
    found = archive_of(adherente.get(f"{ICI}tout.zip"))
    told = found.read("A LIRE - ce qui manque.txt").decode("utf-8-sig")
    assert "Releve 2024" in told
    assert "1er mars 2024" in told
    assert "perdu ou abîmé : signalez-le-nous" in told
    assert "Releve 2025" not in told
    storage_of(documents[1])
    assert "A LIRE - ce qui manque.txt" not in archive_of(adherente.get(f"{ICI}tout.zip")).namelist()


def storage_of(document: Document) -> None:
    """Bring back other bytes for a document that lost its own."""
    document.feuillets.update(objet=pdf("De retour", 2))


def test_what_is_missing_is_told_in_the_contents_of_the_pdf(adherente: Acteur) -> None:
    import io

    import pikepdf

    documents = three(adherente)
    lose(documents[1])
    data = octets_de(adherente.get(f"{ICI}tout.pdf"))
    with pikepdf.open(io.BytesIO(data)) as document, document.open_outline() as outline:
        assert [item.title for item in outline.root][1] == "Manque : Releve 2024, 1er mars 2024"


@pytest.mark.parametrize("forme", ["zip", "pdf"])
def test_what_is_missing_is_told_on_the_screen_and_to_the_house(adherente: Acteur, forme: str) -> None:
    documents = three(adherente)
    lose(documents[1])
    assert WORDS not in texte_de(adherente.get(ICI))
    taken(adherente, forme)
    page = texte_de(adherente.get(ICI))
    assert WORDS in page
    assert page.count("Illisible") == 1
    assert "Lu le" in page
    faults = [one.libelle for one in constats() if one.is_alarming]
    assert "Documents illisibles qu’un adhérent a demandés" in faults
    assert Ligne.objects.filter(event="bibliotheque.document.lost").count() == 1
    taken(adherente, forme)
    assert Ligne.objects.filter(event="bibliotheque.document.lost").count() == 1, "said once"
    # Its bytes are back: nothing is said any more.
    storage_of(documents[1])
    taken(adherente, forme)
    assert WORDS not in texte_de(adherente.get(ICI))
    assert read_of(documents) == [True, True, True]


def test_a_vault_that_is_away_loses_nothing_and_reads_nothing(
    adherente: Acteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = three(adherente)
    plain = telechargement.stream

    def stream(objet: Objet) -> Any:
        if objet.pk == documents[0].sheets[0].original.pk:
            raise StorageUnavailable("away")
        return plain(objet)

    monkeypatch.setattr(telechargement, "stream", stream)
    found = archive_of(adherente.get(f"{ICI}tout.zip"))
    assert "indisponible pour le moment" in found.read("A LIRE - ce qui manque.txt").decode("utf-8-sig")
    assert read_of(documents) == [False, True, True]
    assert WORDS not in texte_de(adherente.get(ICI))
    monkeypatch.setattr(assemblage, "read", lambda objet: b"".join(stream(objet)))
    Document.objects.update(ouvert_at=None)
    pages_of(adherente.get(f"{ICI}tout.pdf"))
    assert read_of(documents) == [False, False, False], "the oldest comes first: the others were not asked for"


@pytest.mark.parametrize("forme", ["zip", "pdf"])
def test_a_line_cut_before_the_end_reads_nothing(adherente: Acteur, forme: str) -> None:
    documents = three(adherente)
    answer = adherente.get(f"{ICI}tout.{forme}")
    next(iter(answer.streaming_content))
    cut(answer)
    assert read_of(documents) == [False, False, False], "an archive without its end cannot be opened"
    taken(adherente, forme)
    assert read_of(documents) == [True, True, True]


@pytest.mark.parametrize("forme", ["zip", "pdf"])
def test_what_cannot_be_written_down_does_not_end_the_download(
    adherente: Acteur, monkeypatch: pytest.MonkeyPatch, forme: str
) -> None:
    """The database is away when the last bytes should leave: without them the archive cannot be opened, and nothing was had."""
    documents = three(adherente)
    answer = adherente.get(f"{ICI}tout.{forme}")

    def away(*_: object, **__: object) -> None:
        raise ConnectionError("away")

    monkeypatch.setattr(actions, "taken_away", away)
    given = []
    with pytest.raises(ConnectionError):
        given.extend(answer.streaming_content)
    assert not b"".join(given).endswith(b"%%EOF\n")
    assert b"PK\x05\x06" not in b"".join(given)
    assert read_of(documents) == [False, False, False]


# --- one document


@pytest.mark.parametrize("kind", ["small", "large", "given by an agent"])
@pytest.mark.parametrize("harm", [lose, spoil])
def test_one_that_is_lost_is_not_read_by_its_page_nor_by_its_download(adherente: Acteur, kind: str, harm: Any) -> None:
    match kind:
        case "small":
            sheet: Any = pdf("Bonjour", 2)
        case "large":
            sheet = store(fabrique.pdf_scan(3), "application/pdf")
            assert sheet.taille > 1_000_000
        case _:
            sheet = file_of(2)
    document = depose(adherente.personne, feuillets=[sheet])
    harm(document)
    if kind == "given by an agent":
        for part in document.sheets[0].fichier.parties.all():
            storage().delete(part.objet.cle)
    here = f"{ICI}{document.pk}/"
    assert adherente.get(f"{here}telecharger/").status_code == 503
    assert read_of([document]) == [False]
    page = texte_de(adherente.get(here))
    assert "Nous n’arrivons pas à lire ce document" in page
    assert read_of([document]) == [False]
    assert WORDS in texte_de(adherente.get(ICI))
    # Its bytes are back: its page says nothing of it any more.
    document.feuillets.update(objet=pdf("De retour"), fichier=None)
    assert "Nous n’arrivons pas" not in texte_de(adherente.get(here))
    assert read_of([document]) == [True]
    assert WORDS not in texte_de(adherente.get(ICI))


def test_nobody_reads_what_somebody_else_has_lost(adherente: Acteur, voisin: Acteur) -> None:
    document = depose(adherente.personne, day=date(2025, 1, 2))
    actions.lost([document.pk], by=SYSTEM)
    assert WORDS in texte_de(adherente.get(ICI))
    assert WORDS not in texte_de(voisin.get(ICI))


def test_the_last_bytes_alone_write_something(adherente: Acteur, django_assert_max_num_queries: Any) -> None:
    three(adherente)
    for forme in ("zip", "pdf"):
        pieces = iter(adherente.get(f"{ICI}tout.{forme}").streaming_content)
        with django_assert_max_num_queries(0):
            given = [next(pieces) for _ in range(3)]
        with django_assert_max_num_queries(20):
            given += list(pieces)
        assert len(given) > 4
