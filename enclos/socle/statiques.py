"""Static files as they are served in production: one style sheet, names that carry their content's sum."""

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

IMPORT = re.compile(r"""@import\s+url\(\s*["']?([^"')]+)["']?\s*\)\s*(?:layer\(\s*([\w.-]+)\s*\))?\s*;""")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CHARSET = re.compile(r"""@charset\s+["'][^"']+["'];""")
URL = re.compile(r"""url\(\s*["']?(?!data:|[a-z]+:|/|#)([^"')]+)["']?\s*\)""")


def flatten(name: str, read: Callable[[str], str]) -> str:
    """The sheet `name` with each `@import url(x) layer(y);` replaced by what it names, and its comments gone.

    `read` gives the text of a sheet by its name. Addresses inside an imported sheet are rewritten from `name`'s folder.
    Raises what `read` raises when a sheet does not exist.
    """
    folder = posixpath.dirname(name)

    def moved(text: str, source: str) -> str:
        def rewritten(match: re.Match[str]) -> str:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(source), match[1]))
            return f'url("{posixpath.relpath(target, folder or ".")}")'

        return URL.sub(rewritten, text)

    def inlined(match: re.Match[str]) -> str:
        source = posixpath.normpath(posixpath.join(folder, match[1]))
        body = moved(flatten(source, read), source)
        return f"@layer {match[2]} {{\n{body}\n}}" if match[2] else body

    text = CHARSET.sub("", COMMENT.sub("", read(name)))
    return re.sub(r"\n\s*", "\n", IMPORT.sub(inlined, text)).strip()


class FlatManifestStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise is untyped
    """A first visit asks for one sheet instead of twenty; modules keep importing one another by their final names."""

    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run:
            for name in [name for name in paths if name.endswith(".css")]:
                text = self.text_of(name)
                if IMPORT.search(text):
                    flat = flatten(name, self.text_of)
                    self.delete(name)
                    self._save(name, ContentFile(flat.encode()))
                    paths[name] = (self, name)  # Django would read the source again
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def text_of(self, name: str) -> str:
        with self.open(name) as sheet:
            return str(sheet.read().decode("utf-8"))
