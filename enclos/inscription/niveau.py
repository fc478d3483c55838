"""From level 1 to level 2: the code that came by post, to the address that the fund knows, is typed in « Mon compte » (standards, D3)."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from enclos.comptes import codes
from enclos.comptes.models import Code, Compte
from enclos.courrier import lettres
from enclos.courrier.access import open_letter_of
from enclos.courrier.models import DAYS, Lettre
from enclos.journal.actions import Actor, record
from enclos.socle.refusals import Refusal

OBJET = "niveau"


class NoAddress(Refusal):
    """There is nowhere to write to: somebody of the fund must look."""

    def __init__(self) -> None:
        super().__init__(
            "Nous n’avons pas d’adresse postale sûre pour vous écrire. Appelez-nous : un conseiller la vérifie avec vous.",
            code="sans_adresse",
        )


class DeadCode(Refusal):
    """The code of the letter serves no more."""

    def __init__(self) -> None:
        super().__init__(
            "Ce code n’est plus valable : il sert une fois, pendant 30 jours, et 5 essais. Demandez un nouveau courrier.",
            code="code-perime",
            status=422,
        )


@transaction.atomic
def send_letter(compte: Compte, *, cle: str, by: Actor) -> Lettre:
    """A new code, by post; the former one is worth nothing any more. Raises `LetterAlreadyOpen`."""
    assert compte.personne is not None
    code = f"{secrets.randbelow(10**codes.DIGITS):0{codes.DIGITS}d}"
    lettre = lettres.request(compte.personne, Lettre.Genre.CODE, secret=code, cle=cle, caisse=compte.caisse, by=by)
    row = codes.write(OBJET, str(compte.pk), code)
    Code.objects.filter(pk=row.pk).update(expire_at=timezone.now() + timedelta(days=DAYS))
    return lettre


def ask_again(compte: Compte, *, by: Actor) -> Lettre:
    """Another letter, asked by the member. Raises `LetterAlreadyOpen` while one is on its way, `NoAddress`."""
    count = Lettre.objects.filter(personne=compte.personne, genre=Lettre.Genre.CODE).count()
    with transaction.atomic():
        lettre = send_letter(compte, cle=f"niveau.{compte.pk}.{count + 1}", by=by)
        record("inscription.niveau.asked", compte, by=by)
    if lettre.etat == Lettre.Etat.REFUSEE:
        raise NoAddress
    return lettre


def confirm(compte: Compte, typed: str, *, by: Actor) -> None:
    """The code of the letter was typed. Raises `codes.WrongCode` or `DeadCode`."""
    try:
        codes.check(OBJET, str(compte.pk), typed, by=by)
    except codes.DeadCode:
        raise DeadCode from None
    except codes.WrongCode as wrong:
        phrase = f"Ce code n’est pas celui de la lettre. Relisez-la. {essais_left(wrong.left)}"
        raise Refusal(phrase, code="code", status=422) from None
    with transaction.atomic():
        Compte.objects.filter(pk=compte.pk).update(niveau=Compte.Niveau.CONFIRME)
        compte.niveau = Compte.Niveau.CONFIRME
        record("inscription.niveau.confirmed", compte, by=by)
        letter = open_letter_of(compte.personne) if compte.personne else None
        if letter is not None and letter.genre == Lettre.Genre.CODE:
            lettres.close(letter, by=by)


def essais_left(left: int) -> str:
    return "Il vous reste un essai." if left == 1 else f"Il vous reste {left} essais."
