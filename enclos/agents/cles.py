"""The two keys of an agent's account, its password and its second factor, given by hand.

An administrateur who held both could come in as somebody else, and be the second pair of eyes alone. An account with power over files
or others therefore has them from two hands; an account of the accueil, which one administrateur may open, may have them from one.
"""

from dataclasses import dataclass

from django.db import transaction

from enclos.agents.models import Trousseau
from enclos.comptes import totp
from enclos.comptes.facteurs.remise import forget_password, renew_factor
from enclos.comptes.facteurs.telephone import Offer
from enclos.comptes.models import Compte, Role
from enclos.comptes.mots_de_passe import provisoires
from enclos.journal.actions import record
from enclos.socle.refusals import Refusal

BY_TWO = frozenset(Role) - {Role.ACCUEIL}  # roles that treat files, or have power over others


class OwnAccount(Refusal):
    """Somebody would act upon themselves."""

    def __init__(self) -> None:
        super().__init__(
            "Personne n’agit sur son propre compte : demandez à un autre administrateur.", code="son_compte"
        )


class SameHand(Refusal):
    """Who gave one key would give the other."""

    def __init__(self, given: str, wanted: str) -> None:
        super().__init__(
            f"Vous avez remis {given} de ce compte : un autre administrateur doit remettre {wanted}.", code="deux_cles"
        )


@dataclass(frozen=True)
class Remis:
    """What is given to an agent, shown once: nothing of it can be read again."""

    compte: Compte
    mot_de_passe: str = ""
    facteur: Offer | None = None


def check_other(agent: Compte, by: Compte) -> None:
    """Raises `OwnAccount`."""
    if agent.pk == by.pk:
        raise OwnAccount


def trousseau_of(agent: Compte) -> Trousseau:
    """Who gave the keys, not written when the console did."""
    return Trousseau.objects.filter(agent=agent).first() or Trousseau(agent=agent)


def may_give_password(agent: Compte, by: Compte) -> bool:
    """Whether this hand has not given the second factor of an account with power."""
    return agent.role not in BY_TWO or trousseau_of(agent).facteur_par_id != by.pk


def may_give_factor(agent: Compte, by: Compte) -> bool:
    """Whether this hand has not given the password of an account with power."""
    return agent.role not in BY_TWO or trousseau_of(agent).mot_de_passe_par_id != by.pk


def held(agent: Compte, by: Compte) -> tuple[Compte, Trousseau]:
    """The account and who gave its keys, held; a key is given to an open account alone."""
    check_other(agent, by)
    compte = Compte.objects.select_for_update(no_key=True, of=("self",)).select_related("caisse").get(pk=agent.pk)
    if not compte.is_active:
        raise Refusal("Ce compte est fermé : ouvrez-le d’abord.", code="desactive")
    trousseau, _ = Trousseau.objects.get_or_create(agent=compte, defaults={"is_a_deux": compte.role in BY_TWO})
    return compte, trousseau


@transaction.atomic
def open_alone(compte: Compte, *, by: Compte) -> Remis:
    """Both keys of a new account of the accueil, by one hand."""
    secret = totp.secret_of(compte)
    assert secret is not None
    Trousseau.objects.create(agent=compte, mot_de_passe_par=by, facteur_par=by)
    return Remis(compte, provisoires.issue(compte, provisoires.Canal.COURRIEL, by=by), offered(compte, secret))


@transaction.atomic
def give_password(agent: Compte, *, by: Compte) -> Remis:
    """A provisional password, to give by hand; the former one serves until it is used. Raises `SameHand`."""
    compte, trousseau = held(agent, by)
    if not may_give_password(compte, by):
        raise SameHand("le second facteur", "le mot de passe")
    trousseau.mot_de_passe_par, trousseau.is_a_deux = by, compte.role in BY_TWO
    trousseau.save(update_fields=["mot_de_passe_par", "is_a_deux"])
    record("agents.cle.given", compte, by=by, cle="mot de passe")
    return Remis(compte, mot_de_passe=provisoires.issue(compte, provisoires.Canal.COURRIEL, by=by))


@transaction.atomic
def give_factor(agent: Compte, *, by: Compte) -> Remis:
    """A new second factor, when the telephone is lost: the former one, the passkeys and the sessions are no more. Raises `SameHand`."""
    compte, trousseau = held(agent, by)
    if not may_give_factor(compte, by):
        raise SameHand("le mot de passe", "le second facteur")
    trousseau.facteur_par, trousseau.is_a_deux = by, compte.role in BY_TWO
    trousseau.save(update_fields=["facteur_par", "is_a_deux"])
    record("agents.cle.given", compte, by=by, cle="second facteur")
    return Remis(compte, facteur=offered(compte, renew_factor(compte, by=by)))


def offered(compte: Compte, secret: bytes) -> Offer:
    return Offer(secret, totp.address_for_telephone(secret, compte.identifiant or "", f"Enclos {compte.caisse.nom}"))


@transaction.atomic
def take_power(compte: Compte, *, by: Compte) -> Remis | None:
    """The account gets power: keys that one hand may have held are made anew, the second factor given by who confirms.

    The password then comes from another hand. None when nothing had to be: the keys came from the console, or from two hands.
    """
    trousseau = Trousseau.objects.select_for_update(no_key=True, of=("self",)).filter(agent=compte).first()
    if trousseau is None or trousseau.is_a_deux:
        return None
    remis = Remis(compte, facteur=offered(compte, renew_factor(compte, by=by)))
    forget_password(compte, by=by)
    trousseau.mot_de_passe_par, trousseau.facteur_par, trousseau.is_a_deux = None, by, True
    trousseau.save(update_fields=["mot_de_passe_par", "facteur_par", "is_a_deux"])
    record("agents.cle.given", compte, by=by, cle="second facteur")
    return remis


def lose_power(compte: Compte) -> None:
    """From now on one hand may hold both keys; given power again, they are made anew."""
    Trousseau.objects.filter(agent=compte).update(is_a_deux=False)
