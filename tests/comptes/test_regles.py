"""What a password must be: the two shapes of D1, and what is refused with its reason."""

import dataclasses
import hashlib
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from enclos.caisses.models import Caisse
from enclos.comptes.checks import problems
from enclos.comptes.models import Compte
from enclos.comptes.mots_de_passe import provisoires, regles
from enclos.demo.factories import CompteFactory, PersonneFactory
from enclos.demo.nir import synthetic_nir

pytestmark = pytest.mark.django_db

NIR = synthetic_nir(77)


@pytest.fixture
def compte(caisse: Caisse) -> Compte:
    personne = PersonneFactory.create(
        nir=NIR,
        prenoms="Hélène Marie-Lou",
        nom_naissance="Vandenbrœcke",
        nom_usage="d’Haene",
        date_naissance=date(1962, 3, 7),
        code_postal="59190",
        localite="ST OMER CAPELLE",
        email="hv.capelle62@enclos.example",
    )
    return CompteFactory.create(personne=personne)


@pytest.mark.parametrize(
    "password",
    [
        "Tr4ct;ur",  # eight signs, four kinds
        "Ça va! 8 vaches",
        "chevaux bleus sous la pluie",  # a phrase, no other rule
        "cheminqrdvxlmpt",  # fifteen signs
        "éàçùèêîôûëïöüéà",
        "Le bœuf, 3 fois.",
        "demain il fait beau ici",  # « ain » is a department, not a word of this one
        "mot " * 3 + "piquet gamelle",
        "Zw9+" * 2 + "k" + "Zx8-",
        "🐄 lait 🐄 fromage 🐄",
    ],
)
def test_a_good_password_is_taken(compte: Compte, password: str):
    assert regles.faults(password, compte=compte) == []


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("Tr4ct;u", "8 signes au moins"),
        ("tr4ct;ur", "une lettre majuscule"),
        ("TR4CT;UR", "une lettre minuscule"),
        ("Tract;ur", "un chiffre"),
        ("Tr4ctour", "un caractère spécial"),
        ("", "8 signes au moins, une lettre minuscule, une lettre majuscule, un chiffre et un caractère spécial"),
        ("quatorze signs", "15 signes au moins"),
    ],
)
def test_what_is_missing_is_said(compte: Compte, password: str, said: str):
    (fault,) = regles.faults(password, compte=compte)[:1]
    assert said in fault


@pytest.mark.parametrize(
    "password",
    [
        "Password1!", "P@ssw0rd!", "Soleil2024!", "Azerty12345!", "Qwertyuiop1!", "123456789Aa!", "passwordpassword",
        "aaaaaaaaaaaaaaa", "abababababababab", "azertyuiopqsdfgh", "012345678901234", "123456789 123456789", "Bonjour1!Bonjour1!",
    ],
)  # fmt: skip
def test_what_everybody_chooses_is_refused(compte: Compte, password: str):
    assert any("trop courant" in fault for fault in regles.faults(password, compte=compte)), password


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("Helene-vache-8", "nom ni votre prénom"),
        ("HÉLÈNE et le lapin bleu", "nom ni votre prénom"),
        ("vandenbroecke des champs", "nom ni votre prénom"),
        ("le lapin de dhaene court", "nom ni votre prénom"),
        ("Lou, 3 lapins !", "nom ni votre prénom"),
        ("Lapin-1962-bleu", "date ni votre année"),
        ("Lapin 07/03/62 bleu", "date ni votre année"),
        ("un lapin à Capelle en mai", "commune ni votre département"),
        ("Lapin du Nord 8", "commune ni votre département"),
        ("Lapin-59190-bleu", "commune ni votre département"),
        ("Ma msa à moi 8", "nom de la MSA"),
        ("M.s.a. Espace Privé 8", "nom de la MSA"),
        ("calaisien de Calais 8 !", "nom de la MSA"),
        (f"Lapin {NIR[3:8]} bleu", "numéro de sécurité sociale"),
        (f"lapin {NIR[:3]} {NIR[3:7]} le bleu", "numéro de sécurité sociale"),
        ("hv.capelle62 le lapin", "adresse e-mail"),
    ],
)
def test_what_is_known_of_the_member_is_refused_with_the_reason(compte: Compte, password: str, said: str):
    assert any(said in fault for fault in regles.faults(password, compte=compte)), password


def test_what_is_known_of_somebody_else_is_no_matter(compte: Compte, caisse: Caisse):
    other = PersonneFactory.create(prenoms="Marc", nom_naissance="Dubois", localite="ARRAS", code_postal="62000")
    assert regles.faults("Hélène et le lapin bleu", personne=other) == []
    assert regles.faults("Hélène et le lapin bleu") == []


def test_the_shape_of_a_provisional_password_is_kept_for_the_house(compte: Compte):
    for _ in range(20):
        password = provisoires.draw()
        assert any("provisoire" in fault for fault in regles.faults(password, compte=compte))
        assert any("provisoire" in fault for fault in regles.faults(password.lower(), compte=compte))


def test_a_password_of_128_bytes_is_the_longest(compte: Compte):
    phrase = "".join(chr(97 + (number * 7) % 26) for number in range(128))
    assert regles.faults(phrase, compte=compte) == []
    assert regles.faults(phrase + "x", compte=compte) == [regles.TOO_LONG]
    assert regles.faults("é" + phrase[:127], compte=compte) == [regles.TOO_LONG]
    assert regles.faults("a" * 200_000, compte=compte) == [regles.TOO_LONG]


def test_an_accent_in_two_signs_counts_for_one(compte: Compte):
    phrase = "été à l’été, 4 h"
    assert (
        regles.faults(unicodedata.normalize("NFD", phrase), compte=compte) == regles.faults(phrase, compte=compte) == []
    )
    fourteen = unicodedata.normalize("NFD", "éèàùôêîéèàùôêî")
    assert len(fourteen) == 28
    assert regles.faults(fourteen, compte=compte) != []


def test_a_sign_that_cannot_be_seen_is_refused(compte: Compte):
    for sign in "\x00\t\u200b\u202e\ufeff":
        assert any("invisible" in fault for fault in regles.faults(f"chevaux bleus{sign} sous la pluie", compte=compte))


def test_an_installation_may_take_phrases_alone(compte: Compte, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(regles, "ENV", dataclasses.replace(regles.ENV, password_shapes="15"))
    assert any("15 signes" in fault for fault in regles.faults("Tr4ct;ur", compte=compte))
    assert regles.faults("chevaux bleus sous la pluie", compte=compte) == []
    assert [regle.code for regle in regles.rules()] == ["phrase"]


@pytest.mark.parametrize("count", [1, 2, 500])
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_password_that_leaked_is_refused_when_the_operator_gives_the_list(
    compte: Compte, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, count: int, end: str
):
    phrases = [f"chevaux bleus sous la pluie {number}" for number in range(count)]
    digests = sorted(hashlib.sha1(phrase.encode()).hexdigest().upper() for phrase in phrases)
    path = tmp_path / "fuites.txt"
    path.write_bytes(((end or "\n").join(f"{one}:{rank + 1}" for rank, one in enumerate(digests)) + end).encode())
    monkeypatch.setattr(regles, "ENV", dataclasses.replace(regles.ENV, leaked_passwords=path))
    assert all("a fuité" in regles.faults(phrase, compte=compte)[0] for phrase in phrases)
    assert all(not regles.faults(f"vaches rousses au pré {number}", compte=compte) for number in range(50))


def test_a_list_that_cannot_be_read_stops_nobody(
    compte: Compte, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog
):
    missing = dataclasses.replace(regles.ENV, leaked_passwords=tmp_path / "absent")
    monkeypatch.setattr(regles, "ENV", missing)
    assert regles.faults("chevaux bleus sous la pluie", compte=compte) == []
    assert "cannot be read" in caplog.text
    assert "comptes.E008" in {message.id for message in problems(missing)}


def test_an_agent_may_not_use_their_own_name(caisse: Caisse):
    agent = CompteFactory.create(agent=True, nom="Camille Roy-Lenoir", identifiant="camille.roy")
    for password in ("camille et ses lapins", "Lenoir;1lapin", "camille.roy au bureau"):
        assert any("nom" in fault for fault in regles.faults(password, compte=agent)), password


def test_before_the_post_confirmed_an_account_a_refusal_does_not_tell_where_somebody_lives(compte: Compte):
    """Whoever opened it with a stolen card could try the names of towns, ten in a phrase."""
    compte.niveau, compte.courriel = Compte.Niveau.A_CONFIRMER, "autre@enclos.example"
    for password in ("un lapin à Capelle en mai", "Lapin-59190-bleu", "avec hv.capelle62 au pré"):
        assert regles.faults(password, compte=compte) == []
    assert regles.faults("Vandenbroecke au marché", compte=compte)
