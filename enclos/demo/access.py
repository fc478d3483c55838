"""What the demo's pages read."""

from enclos.demo.models import Message


def messages_to(address: str = "", *, count: int = 100) -> list[Message]:
    """The latest e-mails, of one address when it is given, newest first."""
    messages = Message.objects.order_by("-date", "-pk")
    return list((messages.filter(a__iexact=address) if address else messages)[:count])


def message(pk: int) -> Message | None:
    return Message.objects.filter(pk=pk).first()
