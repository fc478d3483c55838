"""What the demo's pages read."""

from enclos.courrier.models import Lettre
from enclos.demo.models import Message, Papier, TextoRecu


def messages_to(address: str = "", *, count: int = 100) -> list[Message]:
    """The latest e-mails, of one address when it is given, newest first."""
    messages = Message.objects.order_by("-date", "-pk")
    return list((messages.filter(a__iexact=address) if address else messages)[:count])


def message(pk: int) -> Message | None:
    return Message.objects.filter(pk=pk).first()


def letters_waiting() -> list[Lettre]:
    """For the printer, newest first."""
    waiting = Lettre.objects.open().filter(etat__in=[Lettre.Etat.EN_ATTENTE, Lettre.Etat.EXPORTEE])
    return list(waiting.select_related("personne").order_by("-created_at", "-pk")[:100])


def letters_to_verify() -> list[Lettre]:
    """For somebody who looks at their address."""
    held = Lettre.objects.open().filter(etat=Lettre.Etat.A_VERIFIER)
    return list(held.select_related("personne").order_by("-created_at", "-pk")[:100])


def letter(reference: str) -> Lettre | None:
    return Lettre.objects.select_related("caisse").filter(reference=reference).first()


def papers() -> list[Papier]:
    """Printed, newest first."""
    return list(Papier.objects.defer("pdf").order_by("-date", "-pk")[:100])


def paper(reference: str) -> bytes | None:
    found = Papier.objects.filter(reference=reference).first()
    return bytes(found.pdf) if found else None


def textos_to(digits: str = "", *, count: int = 100) -> list[TextoRecu]:
    """The latest text messages, of one telephone when the end of its number is given, newest first."""
    messages = TextoRecu.objects.order_by("-date", "-pk")
    return list((messages.filter(a__endswith=digits) if digits else messages)[:count])
