"""The rules of the house that a machine can hold, and the guards of the suite themselves."""

import ast
import logging
import re
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.template import Context, Template

from config.env import Env
from enclos.caisses.models import Nature
from tests import fuites, gardes, maison
from tests.services.processus import ROOT

SOURCES = sorted((ROOT / "enclos").rglob("*.py"))


def views_of(tree: ast.Module) -> list[ast.FunctionDef]:
    """Functions that receive a request and answer it: what an action split by topic does with one is its own matter."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and any(argument.arg == "request" for argument in node.args.args)
        and "Response" in ast.unparse(node.returns or ast.Constant(None))
    ]


def test_no_view_touches_the_objects_of_a_model() -> None:
    faults = [
        f"{path.relative_to(ROOT)}:{node.lineno} {view.name}"
        for path in SOURCES
        if path.name not in {"actions.py", "access.py"}
        for view in views_of(ast.parse(path.read_text()))
        for node in ast.walk(view)
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager"}
    ]
    assert not faults, "a view asks access.py, and tells actions.py:\n" + "\n".join(faults)


def test_nothing_but_the_environment_reads_the_environment() -> None:
    allowed = {
        "config/env.py",
        "enclos/demo/preparation.py",  # chooses the settings of the demo
        "enclos/demo/management/commands/demo.py",  # gives them to what it starts
        "enclos/demo/franceconnect/installation.py",  # a program of its own too: gives them to npm
        "enclos/coffre/inspecteur.py",  # tells the processes it will start where the inspection process is
    }
    faults = []
    for path in [*SOURCES, *(ROOT / "config").glob("*.py")]:
        name = str(path.relative_to(ROOT))
        if name in allowed or "coffre/inspection/" in name:  # a program of its own, without Django
            continue
        lines = path.read_text().splitlines()
        faults += [
            f"{name}:{node.lineno}"
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
            if not re.search("DJANGO_SETTINGS_MODULE|prepar", lines[node.lineno - 1])
        ]
    assert not faults


def test_a_row_held_lets_others_point_to_it() -> None:
    """`FOR UPDATE` also stops the check of a foreign key, which waits at COMMIT with all that its transaction holds: a deadlock."""
    faults = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "select_for_update"
        if "no_key" not in {keyword.arg for keyword in node.keywords}
    ]
    assert not faults, "say select_for_update(no_key=True, …):\n" + "\n".join(faults)


def test_every_setting_is_in_the_guide() -> None:
    guide = (ROOT / "docs/guides/configuration.md").read_text()
    missing = [f"ENCLOS_{name.upper()}" for name in Env.__dataclass_fields__ if f"ENCLOS_{name.upper()}" not in guide]
    assert not missing


def test_no_commit_names_a_host_of_packages() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        assert "://" not in path.read_text(), path


# --- the guards catch what they are for


def test_a_badly_made_page_is_caught() -> None:
    faults = gardes.Page(
        '<!doctype html><html lang="fr"><body onload="x()"><h1>a</h1><h1>b</h1><input name="nom"><p id="a"></p><p id="a"></p>'
        '<script>1</script><p style="color:red">{{ x }}</p></body></html>'
    ).faults
    for words in (
        "inline handler",
        "2 h1",
        "no label",
        "id a twice",
        "without nonce",
        "style attribute",
        "template signs",
    ):
        assert any(words in fault for fault in faults), words


def test_a_well_made_page_passes() -> None:
    page = '<!doctype html><html lang="fr"><body><h1>a</h1><label for="n">Nom</label><input id="n" name="nom"></body></html>'
    assert gardes.Page(page).faults == []


def test_an_undefined_variable_fails() -> None:
    with pytest.raises(pytest.fail.Exception, match="absente"):
        Template("{{ absente }}").render(Context())


def test_a_nir_in_a_log_is_hidden_and_one_in_a_name_is_found(tmp_path: Path) -> None:
    fuites.note("2850559999011")
    logging.getLogger("enclos.essai").warning("bonjour 2 85 05 59 999 011")
    assert not fuites.LEAKS
    (tmp_path / "papier.txt").write_text("xx2850559999011xx")
    (tmp_path / "2850559999011.pdf").write_text("rien")
    assert len(list(fuites.search(tmp_path, {"2850559999011"}))) == 2


@pytest.mark.django_db
def test_a_nir_in_a_statement_is_caught() -> None:
    fuites.note("2850559999011")
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s", ["2850559999011"])
    assert fuites.LEAKS
    fuites.LEAKS.clear()


@pytest.mark.django_db
def test_callbacks_run_when_the_portal_s_own_block_ends() -> None:
    ran = []
    with transaction.atomic():
        transaction.on_commit(lambda: ran.append("fait"))
        assert not ran
    assert ran == ["fait"]
    with transaction.atomic():
        transaction.on_commit(lambda: ran.append("jamais"))
        transaction.set_rollback(True)
    assert ran == ["fait"]


@pytest.mark.django_db
def test_unordered_rows_come_shuffled_and_cannot_be_sliced() -> None:
    plain = list(Nature.objects.order_by("pk").values_list("pk", flat=True))
    assert list(Nature.objects.order_by().values_list("pk", flat=True)) != plain
    with pytest.raises(AssertionError, match="say which"):
        list(Nature.objects.order_by()[:3])


@pytest.mark.django_db
def test_the_suite_runs_on_the_database_it_says() -> None:
    assert connection.vendor == maison.BASE
