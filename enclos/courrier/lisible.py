"""The HTML twin of an e-mail: the same words, no image, no style sheet to fetch."""

import re

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from enclos.courrier.models import Courriel
from enclos.socle.templatetags.socle import typo

ADDRESS = re.compile(r"(https?://[^\s<>]+[^\s<>.,;:!?])")


def html_of(courriel: Courriel) -> str:
    """One document: each paragraph of the text, its secret in place, addresses made into links. Raises `SecretGone`."""
    text = courriel.with_secret(courriel.text)
    paragraphs = [linked(paragraph) for paragraph in re.split(r"\n\s*\n", text.strip())]
    return render_to_string("courrier/courriel.html", {"courriel": courriel, "paragraphes": paragraphs})


def linked(paragraph: str) -> SafeString:
    lines = (format_html_join("", "{}", ((part,) for part in parts_of(line))) for line in paragraph.split("\n"))
    return format_html_join(BREAK, "{}", ((line,) for line in lines))


BREAK = SafeString("<br>")


def parts_of(line: str) -> list[str | SafeString]:
    return [
        format_html('<a href="{0}" style="color:#1d6242;word-break:break-all">{0}</a>', part)
        if ADDRESS.fullmatch(part)
        else typo(part)
        for part in ADDRESS.split(line)
    ]
