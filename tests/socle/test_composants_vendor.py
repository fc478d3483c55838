"""What was copied from elsewhere is what the list says, and what is served stays light."""

import re
from hashlib import sha256
from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles.finders import get_finders

from enclos.socle.statiques import FlatManifestStaticFilesStorage, flatten

SOCLE = Path(__file__).parents[2] / "enclos/socle"
STATIC = SOCLE / "static/socle"


@pytest.mark.parametrize("listing", [STATIC / "vendor/VENDOR.md", SOCLE / "polices/LISEZMOI.md"])
def test_copied_files_are_those_listed(listing: Path) -> None:
    rows = re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", listing.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows
    for name, digest in rows:
        assert sha256((listing.parent / name).read_bytes()).hexdigest() == digest, name


def test_a_sheet_takes_in_those_it_names() -> None:
    sheets = {
        "a/tout.css": '@charset "utf-8"; @import url("tokens.css") layer(tokens); @import url(b/c.css); p { color: red }',
        "a/tokens.css": ':root { /* note */ background: url("img/x.png") }',
        "a/b/c.css": '@font-face { src: url("../f.woff2") } i { background: url(data:image/png;base64,AA) }',
    }
    flat = flatten("a/tout.css", sheets.__getitem__)
    assert "@import" not in flat
    assert "@charset" not in flat
    assert "note" not in flat
    assert "@layer tokens {" in flat
    assert 'url("img/x.png")' in flat
    assert 'url("f.woff2")' in flat
    assert "url(data:image/png;base64,AA)" in flat


def test_a_sheet_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        flatten("a.css", {"a.css": "@import url(b.css);"}.__getitem__)


def test_the_first_visit_is_one_light_sheet(tmp_path: Path) -> None:
    storage = FlatManifestStaticFilesStorage(location=tmp_path, base_url="/statique/")
    paths: dict[str, object] = {}
    for finder in get_finders():
        for name, source in finder.list([]):
            with source.open(name) as file:
                storage._save(name, file)
            paths[name] = (source, name)
    for _, _, processed in storage.post_process(paths):
        if isinstance(processed, Exception):
            raise processed

    sheet = (tmp_path / storage.stored_name("socle/enclos.css")).read_text(encoding="utf-8")
    assert "@import" not in sheet
    assert sheet.startswith("@layer pico, tokens, base, composants, pages, utilitaires;")
    for url in re.findall(r'url\("([^"]+)"\)', sheet):
        if not url.startswith("data:"):
            assert (tmp_path / "socle" / url).is_file(), url

    page = (tmp_path / storage.stored_name("socle/js/page.js")).read_text(encoding="utf-8")
    assert re.search(r'import\("\./veille-session\.[0-9a-f]{12}\.js"\)', page)

    fonts = sum(font.stat().st_size for font in STATIC.glob("vendor/*.woff2"))
    scripts = sum(len(brotli.compress(script.read_bytes())) for script in STATIC.glob("js/*.js"))
    weight = len(brotli.compress(sheet.encode())) + fonts + scripts
    assert weight < 75_000, weight  # leaves a quarter of the 100 kB for the page, its own sheet and its own script


def test_sheets_written_here_need_no_force() -> None:
    for sheet in [*STATIC.glob("*.css"), *STATIC.glob("composants/*.css")]:
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert "!important" not in text, sheet.name
        assert text.count("{") == text.count("}"), sheet.name
