"""Logs one can grep, in which a NIR cannot stay."""

import logging
import re
import traceback
from datetime import UTC, datetime

from enclos.socle.nir import REDACTION


def redact(text: str) -> str:
    """`text` with whatever looks like a NIR replaced."""
    return REDACTION.sub("[nir]", text)


class RedactingFilter(logging.Filter):
    """Render the message, arguments included, then hide the NIR it may hold; tracebacks too."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # arguments that do not fit: a log line never stops who writes it
            message = f"{record.msg} {record.args}"
        record.msg, record.args = redact(message), None
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info))
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        return True


# What ends a line, or drives a terminal.
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def on_one_line(text: str) -> str:
    """`text` with its line breaks and other control signs written in full."""
    return CONTROLS.sub(lambda sign: sign[0].encode("unicode_escape").decode(), text)


class LineFormatter(logging.Formatter):
    """`2026-11-22T10:47:12.123Z INFO enclos.coffre message`; the lines of a traceback are indented.

    So nothing that a visitor wrote, in a message or in an exception, can look like a line of its own.
    """

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 (logging's name)
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {on_one_line(record.getMessage())}"
        trace = [f"    {on_one_line(text)}" for text in (record.exc_text or "").split("\n") if text]
        return "\n".join([line, *trace])
