"""Logs: one line for one thing, and no NIR in any of them."""

import io
import logging

import pytest

from enclos.socle.logs import LineFormatter, RedactingFilter

NIR = "2 85 05 99 351 011"


@pytest.fixture
def log():
    """A logger of its own, and what it wrote."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactingFilter())
    handler.setFormatter(LineFormatter())
    logger = logging.Logger("enclos.essai")  # noqa: LOG001 (its own, so that nothing else hears it)
    logger.addHandler(handler)
    return logger, stream


@pytest.mark.parametrize(
    ("message", "args"),
    [
        (f"recherche {NIR}", ()),
        ("recherche %s", (NIR,)),
        ("recherche %s et %d", (NIR, 12)),
        ("recherche %(nir)s", ({"nir": NIR},)),
        ("SELECT … params=%r", ((NIR, b"2850599351011"),)),
        ("%s", ({"nir": "2850599351011"},)),
    ],
)
def test_a_number_is_hidden_in_messages_and_in_their_arguments(log, message: str, args):
    logger, stream = log
    logger.warning(message, *args)
    assert "351" not in stream.getvalue()
    assert "[nir]" in stream.getvalue()


def test_a_number_is_hidden_in_tracebacks(log):
    logger, stream = log
    try:
        raise ValueError(f"personne {NIR} introuvable")
    except ValueError:
        logger.exception("échec")
    assert "Traceback" in stream.getvalue()
    assert "personne [nir] introuvable" in stream.getvalue()
    assert "351 011" not in stream.getvalue()


def test_a_number_is_hidden_in_chained_exceptions(log):
    logger, stream = log
    try:
        try:
            raise KeyError(NIR)
        except KeyError as error:
            raise RuntimeError("plus haut") from error
    except RuntimeError:
        logger.exception("échec")
    assert "KeyError: '[nir]'" in stream.getvalue()


def test_a_line_says_when_how_grave_and_who(log):
    logger, stream = log
    logger.info("bonjour %s", "Jeanne")
    moment, rest = stream.getvalue().rstrip("\n").split(" ", 1)
    assert moment.endswith("Z")
    assert rest == "INFO enclos.essai bonjour Jeanne"


@pytest.mark.parametrize("sign", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1b[2K", "\x85", "\u2028", "\u2029", "\x00"])
def test_what_a_visitor_writes_cannot_look_like_a_line(log, sign: str):
    logger, stream = log
    logger.info("nom %s", f"a{sign}2026-01-01T00:00:00.000Z INFO enclos.coffre tout va bien")
    assert len(stream.getvalue().splitlines()) == 1
    assert sign not in stream.getvalue().rstrip("\n")


def test_an_exception_cannot_look_like_a_line_either(log):
    logger, stream = log
    try:
        raise ValueError("a\n2026-01-01T00:00:00.000Z INFO enclos.coffre tout va bien")
    except ValueError:
        logger.exception("échec")
    assert [line for line in stream.getvalue().splitlines()[1:] if not line.startswith("    ")] == []


def test_arguments_that_do_not_fit_stop_nobody(log):
    logger, stream = log
    logger.info("nombre %d", f"x {NIR}")
    logger.info("deux %s %s", "un")  # noqa: PLE1206 (what is tried)
    assert "nombre %d" in stream.getvalue()
    assert "351" not in stream.getvalue()
    assert len(stream.getvalue().splitlines()) == 2
