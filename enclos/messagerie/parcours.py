"""The pages of a message being written, and where a draft stands in them: computed from what it holds, never stored."""

from dataclasses import dataclass
from enum import IntEnum

from django.urls import reverse

from enclos.messagerie.models import Message


class Etape(IntEnum):
    """The steps, in order. An answer in a thread begins at the second."""

    SUJET = 1
    TEXTE = 2
    FICHIERS = 3
    VERIFICATION = 4
    ACCUSE = 5


PAGES = {
    Etape.SUJET: ("sujet", "Objet du message"),
    Etape.TEXTE: ("texte", "Votre message"),
    Etape.FICHIERS: ("fichiers", "Fichiers à joindre"),
    Etape.VERIFICATION: ("verification", "Vérification"),
    Etape.ACCUSE: ("accuse", "Envoi et accusé de réception"),
}


@dataclass(frozen=True)
class Lieu:
    """A page of the journey, for one draft; or the first one, before there is any."""

    etape: Etape
    message: Message | None = None

    @property
    def is_answer(self) -> bool:
        return self.message is not None and not self.message.fil.is_draft

    @property
    def titre(self) -> str:
        return PAGES[self.etape][1]

    @property
    def numero(self) -> int:
        return self.etape - self.is_answer

    @property
    def sur(self) -> int:
        return len(Etape) - self.is_answer

    @property
    def parcours(self) -> str:
        """What the steps are steps of."""
        return "Répondre" if self.is_answer else "Envoyer un message"

    @property
    def url(self) -> str:
        if self.message is None:
            return reverse("messagerie:nouveau")
        if self.etape == Etape.ACCUSE:
            return reverse("messagerie:accuse", args=[self.message.fil.reference, self.message.reference])
        return reverse(f"messagerie:{PAGES[self.etape][0]}", args=[self.message.reference])

    @property
    def retour(self) -> str:
        """The page before, for « Revenir à l’étape précédente »; for the first of an answer, its thread."""
        if self.message is None or self.etape == Etape.SUJET:
            return ""
        if self.is_answer and self.etape == Etape.TEXTE:
            return reverse("messagerie:fil", args=[self.message.fil.reference])
        return Lieu(Etape(self.etape - 1), self.message).url


def reached(message: Message) -> Lieu:
    """Where « Reprendre » leads: the words first, then the last look."""
    return Lieu(Etape.VERIFICATION if message.texte_sealed else Etape.TEXTE, message)
