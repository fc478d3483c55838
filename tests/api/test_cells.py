"""Each cell becomes a value the database takes, or a phrase: whatever is typed in it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enclos.api.depot import registre
from enclos.api.depot.cells import Faute
from enclos.socle.logs import redact

COLONNES = {
    f"{fichier.nom} {colonne.nom}": colonne for fichier in registre.fichiers({}) for colonne in fichier.colonnes
}
texts = (
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)
    | st.from_regex(r"-?\d{0,16}([.,/ -]\d{0,4}){0,2}", fullmatch=True)
    | st.sampled_from(
        ["²", "٣", "1٣", "0000-00-00", "9999-12-31", "true", "particulier|particulier", "\u202e", "\\N", "\\.", "\x01"]
    )
)


@pytest.mark.parametrize("colonne", COLONNES)
@settings(max_examples=40, deadline=None)
@given(text=texts)
def test_any_text_is_a_value_or_a_phrase_that_holds_no_number(colonne, text):
    value = outcome(colonne, text)
    if isinstance(value, Faute):
        assert str(value).endswith(".")
        assert redact(str(value)) == str(value)
    else:
        assert value is None or (value.isprintable() and len(value) <= 254)


def outcome(colonne, text):
    try:
        return COLONNES[colonne].read(text)
    except Faute as faute:
        return faute
