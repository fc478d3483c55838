"""Logs one can grep, in which a NIR cannot stay."""

import logging
import traceback
from datetime import UTC, datetime

from enclos.socle.nir import REDACTION


def redact(text: str) -> str:
    """`text` with whatever looks like a NIR replaced."""
    return REDACTION.sub("[nir]", text)


class RedactingFilter(logging.Filter):
    """Render the message, arguments included, then hide the NIR it may hold; tracebacks too."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info))
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        return True


class LineFormatter(logging.Formatter):
    """`2026-11-22T10:47:12.123Z INFO enclos.coffre message`; a line break in a message cannot forge a line."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 (logging's name)
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {message}"
        return f"{line}\n{record.exc_text}" if record.exc_text else line
