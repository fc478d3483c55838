"""Letters: one with a secret at a time, to the address of the registry, for thirty days."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from enclos.courrier import access, lettres, papier
from enclos.courrier.models import Lettre
from enclos.demo.factories import PersonneFactory
from enclos.journal.actions import SYSTEM
from enclos.journal.models import Ligne
from enclos.registre.models import Personne

pytestmark = pytest.mark.django_db

SECRET, OTHER = "K7MP-Q2RT-W9XB-H4CD", "B3NF-V8JK-L5SG-Z6YA"


@pytest.fixture
def jeanne(db) -> Personne:
    return PersonneFactory(prenoms="Jeanne Marie", nom_naissance="Delattre", civilite="MME")


def request(personne: Personne, genre: str = "mot-de-passe", secret: str = SECRET, cle: str = "") -> Lettre:
    return lettres.request(
        personne, genre, secret=secret, cle=cle or f"essai:{Lettre.objects.count()}", caisse=personne.caisse, by=SYSTEM
    )


def test_a_letter_goes_to_the_address_of_the_registry_and_keeps_it(jeanne):
    lettre = request(jeanne)
    assert lettre.etat == "en-attente"
    assert lettre.destinataire == ["Mme Jeanne Delattre", "12 RUE DU MOULIN", "59190 HAZEBROUCK"]
    assert lettre.expire_at - lettre.created_at == timedelta(days=30)
    Personne.objects.update(adresse4="3 RUE NEUVE")
    lettre = Lettre.objects.get()
    assert lettre.destinataire[1] == "12 RUE DU MOULIN"
    assert lettre.secret == SECRET


def test_the_secret_is_in_no_row_and_no_line_of_the_journal(jeanne):
    lettre = request(jeanne)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM courrier_lettre")
        stored = [bytes(v) if isinstance(v, memoryview) else v for v in cursor.fetchone()]
    assert SECRET not in str(stored)
    line = Ligne.objects.about(lettre).get()
    assert line.details == {"genre": "mot-de-passe", "etat": "en-attente", "reference": lettre.reference}


def test_the_same_key_is_one_letter(jeanne):
    assert request(jeanne, cle="une").pk == request(jeanne, secret=OTHER, cle="une").pk


@pytest.mark.parametrize(("genre", "secret"), [("mot-de-passe", ""), ("code", ""), ("acces-ouvert", SECRET)])
def test_a_letter_bears_a_secret_when_its_kind_has_one(jeanne, genre, secret):
    with pytest.raises(ValueError, match="secret"):
        request(jeanne, genre, secret)


def test_one_letter_with_a_secret_at_a_time(jeanne):
    request(jeanne)
    for genre in ("mot-de-passe", "code"):
        with pytest.raises(lettres.LetterAlreadyOpen, match="déjà en route"):
            request(jeanne, genre, OTHER)
    request(jeanne, "acces-ouvert", "")
    request(PersonneFactory(), secret=OTHER)
    assert Lettre.objects.count() == 3


def test_the_database_itself_refuses_a_second_one(jeanne):
    lettre = request(jeanne)
    with pytest.raises(IntegrityError), transaction.atomic():
        Lettre.objects.create(
            personne=jeanne, caisse=jeanne.caisse, genre="code", cle="x", reference="x", has_secret=True,
            secret_sealed=b"x", expire_at=lettre.expire_at,
        )  # fmt: skip


def test_a_password_takes_the_place_of_a_code(jeanne):
    code = request(jeanne, "code", "48392017")
    password = request(jeanne)
    code.refresh_from_db()
    assert (code.etat, code.secret_sealed, code.is_open) == ("annulee", None, False)
    assert access.open_letter_of(jeanne) == password


def test_a_letter_that_served_makes_room_for_another(jeanne):
    lettre = request(jeanne)
    lettres.close(lettre, by=SYSTEM)
    assert lettre.erased_at is not None
    assert lettre.etat == "en-attente"
    assert not lettre.can_be_printed
    assert access.open_letter_of(jeanne) is None
    request(jeanne, secret=OTHER)


def test_thirty_days_later_another_may_leave_to_the_second(jeanne):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        first = request(jeanne)
    with time_machine.travel(start + timedelta(days=30, seconds=-1), tick=False):
        assert lettres.close_expired() == 0
        with pytest.raises(lettres.LetterAlreadyOpen):
            request(jeanne, secret=OTHER)
    with time_machine.travel(start + timedelta(days=30), tick=False):
        assert access.open_letter_of(jeanne) is None
        request(jeanne, secret=OTHER)
    first.refresh_from_db()
    assert (first.etat, first.secret_sealed) == ("perimee", None)


def test_old_letters_lose_their_secret_by_themselves(jeanne):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        letters = [request(jeanne), request(PersonneFactory(), secret=OTHER), request(jeanne, "acces-ouvert", "")]
    with time_machine.travel(start + timedelta(days=31), tick=False):
        assert lettres.close_expired() == 3
        assert lettres.close_expired() == 0
    assert not Lettre.objects.with_secret().exists()
    for lettre in letters:
        lettre.refresh_from_db()
        assert lettre.etat == "perimee"


def test_printed_again_is_another_secret_and_the_former_never_leaves(jeanne):
    former = request(jeanne)
    again = lettres.reprint(former, secret=OTHER, by=SYSTEM)
    former.refresh_from_db()
    assert (former.etat, former.secret_sealed) == ("annulee", None)
    assert (again.secret, again.remplace, again.genre, again.etat) == (OTHER, former, "mot-de-passe", "en-attente")
    assert again.reference != former.reference
    with pytest.raises(papier.NotPrintable):
        papier.typeset(former)
    third = lettres.reprint(again, secret=SECRET, by=SYSTEM)
    assert Lettre.objects.open().get() == third


def test_printed_again_takes_the_address_of_the_day(jeanne):
    former = request(jeanne)
    Personne.objects.update(adresse4="3 RUE NEUVE")
    again = lettres.reprint(Lettre.objects.get(pk=former.pk), secret=OTHER, by=SYSTEM)
    assert again.destinataire[1] == "3 RUE NEUVE"


@pytest.mark.parametrize("secret", ["", OTHER])
def test_printing_again_needs_a_secret_on_both_sides(jeanne, secret):
    lettre = request(jeanne) if not secret else request(jeanne, "acces-ouvert", "")
    with pytest.raises(ValueError, match="new secret"):
        lettres.reprint(lettre, secret=secret, by=SYSTEM)


def test_an_address_that_does_not_hold_waits_for_somebody_and_for_the_registry(jeanne):
    Personne.objects.update(code_postal="5919")
    jeanne.refresh_from_db()
    lettre = request(jeanne)
    assert (lettre.etat, lettre.destinataire, lettre.secret) == ("a-verifier", [], SECRET)
    assert "code postal" in lettre.motifs[0]
    assert list(access.letters_to_watch(jeanne.caisse_id)) == [lettre]
    assert lettres.read_address_again(lettre, by=SYSTEM).etat == "a-verifier"
    Personne.objects.update(code_postal="59190")
    lettre = lettres.read_address_again(lettre, by=SYSTEM)
    assert (lettre.etat, lettre.motifs, lettre.secret) == ("en-attente", [], SECRET)
    assert lettre.can_be_printed
    assert not access.letters_to_watch(jeanne.caisse_id)


def test_no_fixed_address_is_refused_with_its_reason_and_no_secret_is_kept(jeanne):
    Personne.objects.update(adresse4="SANS DOMICILE FIXE")
    jeanne.refresh_from_db()
    lettre = request(jeanne)
    assert (lettre.etat, lettre.secret_sealed, lettre.is_open) == ("refusee", None, False)
    assert lettre.motifs == ["La personne n’a pas d’adresse fixe."]
    assert list(access.letters_to_watch(jeanne.caisse_id)) == [lettre]
    lettres.mark_seen(lettre, by=SYSTEM)
    assert not access.letters_to_watch(jeanne.caisse_id)
    assert not access.letters_to_watch(0)


@pytest.mark.parametrize("changes", [{"decede": True}, {"closed_at": timezone.now()}])
def test_nothing_is_written_to_the_dead(jeanne, changes):
    Personne.objects.update(**changes)
    jeanne.refresh_from_db()
    assert request(jeanne).etat == "refusee"


def test_closing_twice_is_closing_once(jeanne):
    lettre = request(jeanne)
    lettres.cancel(lettre, by=SYSTEM)
    lettres.close(lettre, by=SYSTEM)
    assert lettre.etat == "annulee"
    assert Ligne.objects.about(lettre).count() == 2


def test_few_queries_for_a_letter(jeanne, django_assert_max_num_queries):
    with transaction.atomic(), django_assert_max_num_queries(9):
        request(jeanne, cle="une")


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_for_one_person_are_one_letter():
    personne = PersonneFactory()
    refused: list[str] = []
    start = threading.Barrier(6)

    def one(turn: int) -> None:
        start.wait()
        try:
            request(personne, "code" if turn % 2 else "mot-de-passe", cle=f"essai:{turn}")
        except lettres.LetterAlreadyOpen as error:
            refused.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(turn,)) for turn in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Lettre.objects.open().count() == 1
    assert Lettre.objects.count() + len(refused) == 6
