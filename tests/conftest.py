"""The cast: a member, her neighbour, an agent, a colleague of another team.

What guards every test is in tests/gardes.py and tests/fuites.py, the servers in tests/services/.
"""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from enclos.caisses import access
from enclos.caisses.access import default_caisse, forget
from enclos.comptes.models import Compte, Session
from enclos.demo.factories import CompteFactory, ExploitationFactory, LienFactory, PersonneFactory
from enclos.registre.models import Personne

# Named here too: a plugin loaded by `-p` is older than pytest-django, whose own fixture would win.
from tests.maison import django_db_modify_db_settings  # noqa: F401


class Acteur(Client):
    """A browser in which somebody is signed in."""

    compte: Compte

    def __init__(self, compte: Compte) -> None:
        super().__init__()
        self.compte = compte
        self.force_login(compte)
        if compte.is_agent:
            Session.objects.filter(compte=compte).update(is_strong=True)

    @property
    def personne(self) -> Personne:
        assert self.compte.personne is not None
        return self.compte.personne


@pytest.fixture(autouse=True)
def nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process keeps in memory does not pass from one test to the next, and is not read again in the middle of one."""
    cache.clear()
    forget()
    monkeypatch.setattr(access, "this_minute", lambda: 0)


@pytest.fixture
def adherente(db: None) -> Acteur:
    """Jeanne Delattre, with a spouse, a daughter and a farm, signed in."""
    personne = PersonneFactory(
        prenoms="Jeanne Marie", nom_naissance="Delattre", civilite="MME", profils=["particulier", "exploitant"]
    )
    LienFactory(personne=personne, rang=1, conjoint=True)
    LienFactory(personne=personne, rang=2)
    ExploitationFactory(personne=personne)
    return Acteur(CompteFactory(personne=personne))


@pytest.fixture
def voisin(db: None) -> Acteur:
    """Marc Vandamme, who may see nothing of hers."""
    return Acteur(CompteFactory(personne=PersonneFactory(prenoms="Marc", nom_naissance="Vandamme", civilite="M")))


@pytest.fixture
def agente(db: None) -> Acteur:
    """Camille Roy, of the team « Famille et logement », signed in with her second factor."""
    caisse = default_caisse()
    return Acteur(CompteFactory(agent=True, nom="Camille Roy", services=caisse.services.filter(code="famille")))


@pytest.fixture
def collegue(db: None) -> Acteur:
    """Yanis Haddad, of the team « Cotisations des exploitants »."""
    caisse = default_caisse()
    return Acteur(CompteFactory(agent=True, nom="Yanis Haddad", services=caisse.services.filter(code="cotisations")))


@pytest.fixture
def travailleur(db: None) -> Callable[[], int]:
    """The background worker, in this process: does every task that waits, and those they add; says how many it did."""
    from django_tasks_db.models import DBTaskResult

    def work() -> int:
        done = 0
        while (row := DBTaskResult.objects.ready().order_by("-priority", "enqueued_at").first()) is not None:
            row.claim("essais")
            row.set_successful(row.task.call(*row.args_kwargs["args"], **row.args_kwargs["kwargs"]))
            done += 1
        return done

    return work
