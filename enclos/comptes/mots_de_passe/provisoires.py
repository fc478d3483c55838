"""Provisional passwords: drawn by the house, they open one page, where the member chooses theirs (standards, D4).

Sixteen signs among thirty-two: 80 bits. No sign is mistaken for another: O is read as 0, I and L as 1, and there is no U. Capitals,
hyphens and spaces do not count, since they are copied from a letter.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone

from config.env import ENV
from enclos.comptes import emails
from enclos.comptes.compteurs import at
from enclos.comptes.hashers import on_the_side
from enclos.comptes.models import Acceptation, Compte, MotDePasseProvisoire
from enclos.courrier import lettres
from enclos.courrier.access import open_letter_of
from enclos.courrier.models import Lettre
from enclos.journal.actions import Actor, record
from enclos.socle.refusals import Refusal

Canal = MotDePasseProvisoire.Canal

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
READ_AS = str.maketrans("OIL", "011")
GROUPS = SIGNS_OF_A_GROUP = 4
MOST_TRIES = 5
LETTER_LIFE = timedelta(days=30)
BETWEEN = r"[ \u00a0\u202f]*[-\u2010-\u2015 \u00a0\u202f][ \u00a0\u202f]*"
GROUPED = re.compile(BETWEEN.join([r"([0-9A-Z]{4})"] * GROUPS))
# Without hyphens it may be anybody's own password: then it counts for one only while one is awaited.
IN_ONE_PIECE = re.compile(r"(?=.*[0-9])(?=.*[A-Z])" + r"([0-9A-Z]{4})" * GROUPS)
NOBODY = UUID(int=0)


class UsedElsewhere(Refusal):
    """Two entries at once with the same provisional password: the other one was first."""

    def __init__(self) -> None:
        super().__init__(
            "Ce mot de passe provisoire vient de servir dans une autre fenêtre ou sur un autre appareil. Il ne sert qu’une fois : "
            "continuez là-bas. Ce n’était pas vous ? Choisissez « Mot de passe oublié ? ».",
            code="provisoire",
            status=409,
        )


def lives(canal: str) -> timedelta:
    """How long one serves: a letter takes days to arrive."""
    return LETTER_LIFE if canal == Canal.COURRIER else timedelta(days=ENV.mail_password_days)


def draw() -> str:
    """« 7KQ2-M0XR-… »."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(SIGNS_OF_A_GROUP)) for _ in range(GROUPS))


def read(typed: str) -> str:
    """A provisional password as it was drawn, however it was copied; empty when it has not the shape of one."""
    found = GROUPED.fullmatch(typed.strip().upper()) if len(typed) < 60 else None
    return canonical(found)


def read_in_one_piece(typed: str) -> str:
    """The same without anything between the groups."""
    found = IN_ONE_PIECE.fullmatch(typed.strip().upper()) if len(typed) < 60 else None
    return canonical(found)


def canonical(found: re.Match[str] | None) -> str:
    text = "-".join(found.groups()).translate(READ_AS) if found else ""
    return text if all(sign in ALPHABET for sign in text.replace("-", "")) else ""


@transaction.atomic
def issue(compte: Compte, canal: str, *, by: Actor) -> str:
    """A new provisional password, in clear this once; the former one is worth nothing any more."""
    password = draw()
    hashed = on_the_side(lambda: make_password(password))
    # The account's row is what two issues wait for: one password at a time.
    Compte.objects.select_for_update(no_key=True).only("pk").get(pk=compte.pk)
    former = awaited(compte)
    kill(compte)
    if former is not None and former.canal == Canal.COURRIER and canal != Canal.COURRIER:
        close_letter(compte, by=by)
    now = timezone.now()
    row = MotDePasseProvisoire.objects.create(
        compte=compte, canal=canal, empreinte=hashed, created_at=now, expire_at=now + lives(canal)
    )
    record("comptes.provisoire.issued", row, by=by, compte=str(compte.pk), canal=str(canal))
    return password


@transaction.atomic
def mail(compte: Compte, *, by: Actor) -> None:
    """A new provisional password, to the e-mail of the account."""
    password = issue(compte, Canal.COURRIEL, by=by)
    row = awaited(compte)
    assert row is not None
    emails.mot_de_passe_provisoire(compte, password, row.expire_at, key=f"comptes.provisoire.{row.pk}", by=by)


def awaited(compte: Compte) -> MotDePasseProvisoire | None:
    """The one that may still serve; its five tries may have been spent."""
    return MotDePasseProvisoire.objects.filter(
        compte=compte, used_at=None, killed_at=None, expire_at__gt=timezone.now()
    ).first()


@transaction.atomic
def post(compte: Compte, *, cle: str, by: Actor) -> Lettre:
    """A new provisional password, by letter to the address that the registry gives.

    Raises `LetterAlreadyOpen` when a letter is on its way whose password may still serve: it stays worth what it is worth.
    """
    assert compte.personne is not None
    former = awaited(compte)
    is_alive = former is not None and former.canal == Canal.COURRIER and former.essais < MOST_TRIES
    if not is_alive:
        close_letter(compte, by=by)
    secret = issue(compte, Canal.COURRIER, by=by)
    return lettres.request(
        compte.personne, lettres.Genre.MOT_DE_PASSE, secret=secret, cle=cle, caisse=compte.caisse, by=by
    )


def kill(compte: Compte) -> None:
    """No provisional password of this account is worth anything any more."""
    rows = MotDePasseProvisoire.objects.filter(compte=compte, used_at=None, killed_at=None)
    rows.update(killed_at=timezone.now())


def close_letter(compte: Compte, *, by: Actor) -> None:
    """What is on paper has served, or serves no more: another letter may be asked for."""
    lettre = open_letter_of(compte.personne) if compte.personne else None
    if lettre is not None and lettre.genre == lettres.Genre.MOT_DE_PASSE:
        lettres.close(lettre, by=by)


@dataclass(frozen=True)
class Essai:
    """What one try at signing in is compared with: always one hash, the account's own or that of its provisional password."""

    typed: str
    encoded: str | None
    provisoire: int | None = None


COUNT = """
UPDATE {table} SET essais = essais + 1
WHERE compte_id = %s AND used_at IS NULL AND killed_at IS NULL AND expire_at > %s AND essais < %s
RETURNING id, empreinte
"""


def tried(compte: Compte | None, password: str) -> Essai:
    """Which password somebody means, counted before it is compared.

    The same statement is sent for everybody, known or not. Somebody who has no password of their own can only mean the provisional
    one; the others mean it when it has its shape.
    """
    own = compte.password if compte else None
    shaped = read(password) or read_in_one_piece(password)
    is_meant = compte is not None and bool(shaped or not compte.has_usable_password())
    field = MotDePasseProvisoire._meta.get_field("compte")
    key = field.get_db_prep_value(compte.pk if compte and is_meant else NOBODY, connection)
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(table=MotDePasseProvisoire._meta.db_table), [key, at(timezone.now()), MOST_TRIES])
        row = cursor.fetchone()
    if row is None:
        return Essai(password, own)
    return Essai(shaped or password, row[1], row[0])


def use(pk: int, *, by: Actor) -> MotDePasseProvisoire:
    """It was right: it serves now, and never again. Raises `UsedElsewhere` for the second of two at once."""
    rows = MotDePasseProvisoire.objects.filter(pk=pk, used_at=None, killed_at=None)
    if not rows.update(used_at=timezone.now()):
        raise UsedElsewhere
    row = MotDePasseProvisoire.objects.select_related("compte__personne").get(pk=pk)
    if row.canal == Canal.COURRIER:
        close_letter(row.compte, by=by)
        confirm(row.compte, by=by)
    record("comptes.provisoire.used", row, by=by, canal=row.canal)
    return row


def confirm(compte: Compte, *, by: Actor) -> None:
    """What was sent to the address that the fund knows came back: the account is its owner's (standards, D3)."""
    rows = Compte.objects.filter(pk=compte.pk, niveau__lt=Compte.Niveau.CONFIRME)
    if not rows.update(niveau=Compte.Niveau.CONFIRME):
        return
    # Verified contacts: somebody came in before the letter did.
    is_emptied = bool(compte.courriel_verifie_at or compte.telephone_verifie_at)
    if is_emptied:
        forget_who_came_before(compte)
    # Whoever was told of what happened before could otherwise shut the account again, link after link.
    compte.avertissements.filter(used_at=None).update(used_at=timezone.now())
    record("comptes.compte.confirmed", compte, by=by, canal=Canal.COURRIER, vide=is_emptied)


def forget_who_came_before(compte: Compte) -> None:
    """Whoever opened this account had a card and a mailbox of their own, and may not be who read the letter.

    Nothing that they put there may serve at level 2: mailbox, telephone, second factors, sessions, changes not given yet, consent.
    FranceConnect ties the account again at the next entry, if it proves the same identity.
    """
    assert compte.personne is not None
    known = compte.personne.email
    if compte.courriel.casefold() != known.casefold():
        compte.courriel, compte.courriel_verifie_at = known, None
    compte.telephone, compte.telephone_verifie_at = "", None
    compte.totp_sealed = b""
    compte.save(
        update_fields=["courriel", "courriel_verifie_at", "telephone", "telephone_verifie_at", "totp_sealed"],
    )
    compte.cles_passe.all().delete()
    compte.codes_secours.all().delete()
    compte.associations.all().delete()
    compte.sessions.all().delete()
    now = timezone.now()
    compte.changements.filter(exported_at=None, confirmed_at=None, cancelled_at=None).update(cancelled_at=now)
    consent = compte.acceptations.filter(texte=Acceptation.Texte.E_DOCUMENTS, withdrawn_at=None)
    consent.update(withdrawn_at=now)
