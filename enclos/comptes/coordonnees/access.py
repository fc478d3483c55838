"""What « Mes coordonnées » shows, and what sensitive acts ask about them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from enclos.comptes.models import Avertissement, Changement, Compte

# How long after a change of contact details the sensitive acts still wait (domain §1.8): whoever took over an account has little
# time, and the notice to the former contact has some.
COOLING_OFF = timedelta(hours=72)
COLONNES_ADRESSE = ("adresse2", "adresse3", "adresse4", "adresse5", "code_postal", "localite", "pays")


def pending_of(compte: Compte) -> Mapping[str, Changement]:
    """The changes that the registry does not say yet, by detail."""
    rows = Changement.objects.filter(compte=compte, confirmed_at=None, cancelled_at=None).order_by("created_at")
    return {row.champ: row for row in rows}


def changed_recently(compte: Compte) -> bool:
    """Whether contact details changed in the last 72 hours: ask it before an act that moves money or opens rights."""
    since = timezone.now() - COOLING_OFF
    return Changement.objects.filter(compte=compte, cancelled_at=None, created_at__gt=since).exists()


def told_since(compte: Compte, since: datetime) -> Sequence[Avertissement]:
    """The notices of changes from that moment on, newest first."""
    return list(Avertissement.objects.filter(compte=compte, created_at__gte=since).order_by("-created_at", "-pk"))


def lines_of(valeurs: Mapping[str, str]) -> list[str]:
    """An address as it stands on an envelope, without the name."""
    lines = [valeurs.get(column, "") for column in COLONNES_ADRESSE[:4]]
    lines += [f"{valeurs.get('code_postal', '')} {valeurs.get('localite', '')}".strip(), valeurs.get("pays", "")]
    return [line for line in lines if line]


def address_to_show(compte: Compte) -> list[str]:
    """The lines of the address that the fund knows, for an account that the post has confirmed.

    Whoever opened the other ones has a card and an answer, as somebody has whom the member moved away from (standards, §2.5.2).
    """
    return lines_of(address_in_registry(compte)) if compte.is_confirmed else []


def address_in_registry(compte: Compte) -> dict[str, str]:
    """The columns of the address that the fund knows."""
    return {column: str(getattr(compte.personne, column)) for column in COLONNES_ADRESSE}
