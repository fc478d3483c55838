"""What an account has, and what its pages show of it."""

from dataclasses import dataclass

from enclos.comptes.models import ClePasse, CodeSecours, Compte

FEW = 3  # recovery codes left: time to make others


@dataclass(frozen=True)
class Facteurs:
    """The second factors of an account, as its page tells them."""

    compte: Compte
    cles: list[ClePasse]
    codes_restants: int

    @property
    def has_totp(self) -> bool:
        return bool(self.compte.totp_sealed)

    @property
    def is_on(self) -> bool:
        return self.has_totp or bool(self.cles)

    @property
    def runs_low(self) -> bool:
        return self.is_on and self.codes_restants <= FEW


def has_second_factor(compte: Compte) -> bool:
    """Whether a password alone does not open this account. One query at most."""
    return bool(compte.totp_sealed) or ClePasse.objects.filter(compte=compte).exists()


def has_passkey(compte: Compte) -> bool:
    return ClePasse.objects.filter(compte=compte).exists()


def has_codes(compte: Compte) -> bool:
    """Whether recovery codes were ever made for the factors there are."""
    return CodeSecours.objects.filter(compte=compte).exists()


def factors_of(compte: Compte) -> Facteurs:
    """Everything there is, in two queries."""
    return Facteurs(
        compte,
        list(ClePasse.objects.filter(compte=compte).order_by("created_at", "pk")),
        CodeSecours.objects.filter(compte=compte, used_at=None).count(),
    )


def key_of(compte: Compte, pk: int) -> ClePasse | None:
    """One of the account's own passkeys; None for anybody else's."""
    return ClePasse.objects.filter(compte=compte, pk=pk).first()


def key_by_credential(identifiant: bytes) -> ClePasse | None:
    """The passkey a browser names, with its account and person, in one query whatever it finds."""
    return ClePasse.objects.select_related("compte__personne").filter(identifiant=identifiant).first()
