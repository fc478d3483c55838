"""A real SMTP server that keeps what it receives, and can be told to refuse."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from tests import maison
from tests.services.processus import free_port


@dataclass
class Received:
    """The handler of aiosmtpd: each answer it gives is what an SMTP server says."""

    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)  # of the envelopes
    # What to say to the next DATA commands, first come first served: "451 later", "550 never"…
    answers: list[str] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address.startswith("inconnu@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.answers and not (answer := self.answers.pop(0)).startswith("250"):
            return answer
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        self.recipients.append(list(envelope.rcpt_tos))
        self.senders.append(envelope.mail_from)
        (maison.TRACES / f"courriel-{maison.WORKER}-{id(self)}-{len(self.messages)}.eml").write_bytes(envelope.content)
        return "250 OK"


@dataclass
class Smtp:
    port: int
    received: Received

    @property
    def url(self) -> str:
        """As `ENCLOS_SMTP_URL` wants it."""
        return f"smtp://127.0.0.1:{self.port}"


@pytest.fixture
def smtp() -> Iterator[Smtp]:
    # Its import warns nobody and costs 0.1 s: only for those who ask for a server.
    from aiosmtpd.controller import Controller

    received = Received()
    controller = Controller(received, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield Smtp(controller.port, received)
    controller.stop()
