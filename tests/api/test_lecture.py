"""Reading a CSV file: whatever is written well comes back, whatever is not is one reason and nothing else."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from enclos.api.depot.reading import BrokenFile, Records

COLUMNS = ("op", "ref", "motif")
# What UTF-8 can write, but NUL, which no text file holds.
cell = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
usual = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)


def read(path: Path, content: bytes) -> list[tuple[int, list[str] | None]]:
    file = path / "essai.csv"
    file.write_bytes(content)
    return list(Records(file, COLUMNS))


@usual
@given(
    rows=st.lists(st.tuples(cell, cell, cell), max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
    order=st.permutations(COLUMNS),
    mark=st.booleans(),
)
def test_what_is_written_comes_back_with_the_line_it_starts_on(tmp_path, rows, end, order, mark):
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(order)
    expected = []
    for row in rows:
        so_far = text.getvalue()
        expected.append((1 + so_far.count("\n") + so_far.replace("\r\n", "").count("\r"), list(row)))
        writer.writerow([dict(zip(COLUMNS, row, strict=True))[name] for name in order])
    assert read(tmp_path, ("\ufeff" * mark + text.getvalue()).encode()) == expected


@usual
@given(content=st.binary(max_size=200) | st.text(st.sampled_from('op,ref"\r\n;é'), max_size=60).map(str.encode))
@example(b"op,ref,motif\n" + b'"' * 3)
@example(b"op,ref,motif\n" + b"a,b,c\n" * 3 + b'a,"b')
def test_any_bytes_are_rows_or_a_broken_file(tmp_path, content):
    for start in (b"", b"op,ref,motif\n"):
        outcome = read_or_reason(tmp_path, start + content)
        assert isinstance(outcome, list) or (outcome.motif.endswith(".") and outcome.ligne >= 1)


def read_or_reason(path: Path, content: bytes) -> list[tuple[int, list[str] | None]] | BrokenFile:
    try:
        return read(path, content)
    except BrokenFile as broken:
        return broken


def test_a_folder_in_place_of_the_file_is_a_broken_file(tmp_path):
    (tmp_path / "essai.csv").mkdir()
    with pytest.raises(BrokenFile, match="ne se lit pas"):
        list(Records(tmp_path / "essai.csv", COLUMNS))


def test_a_file_is_read_without_being_held(tmp_path):
    import tracemalloc

    file = tmp_path / "essai.csv"
    with file.open("w") as stream:
        stream.write("op,ref,motif\n")
        stream.writelines(f",P{number},quelques mots\n" for number in range(50_000))
    tracemalloc.start()
    try:
        assert sum(1 for _ in Records(file, COLUMNS)) == 50_000
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()
