"""Coming in by a provider, tying an account to an identity and untying it."""

from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from config.env import ENV
from enclos.comptes.access import session_of
from enclos.comptes.actions import VISITOR, TooManyTries, open_session
from enclos.comptes.compteurs import Rule, count_try
from enclos.comptes.coordonnees.contestation import warn
from enclos.comptes.facteurs.access import has_second_factor
from enclos.comptes.federation import sortie
from enclos.comptes.federation.client import Identite
from enclos.comptes.federation.pivot import differences, from_claims
from enclos.comptes.models import Association, Avertissement, Compte, Session
from enclos.comptes.sources import source_of
from enclos.journal.actions import Actor, record
from enclos.socle.refusals import Refusal
from enclos.socle.sealed import blind_index

# A whole /24 or office may start so many; each start writes a session.
STARTS = Rule(timedelta(hours=1), free=600, waits=(timedelta(hours=1),), most=600)
# Beyond, the returns that answer nothing are not written down any more: they would fill the journal.
NOTED = Rule(timedelta(hours=1), free=20, waits=(timedelta(hours=1),), most=20)


class OtherIdentity(Refusal):
    """What FranceConnect says of the person is not what the registry says of the member."""

    def __init__(self) -> None:
        super().__init__(
            "L’identité donnée par FranceConnect n’est pas celle de ce compte. Rien n’a été relié.",
            code="identite",
            status=403,
        )


class TiedElsewhere(Refusal):
    """One identity opens one account, and one account has one identity."""

    def __init__(self) -> None:
        super().__init__(
            "Ce compte est déjà relié à FranceConnect par une autre identité, ou cette identité ouvre déjà un autre compte. Appelez-nous.",
            code="association",
        )


class NoOtherWay(Refusal):
    """Without FranceConnect, the member could not come in any more."""

    def __init__(self) -> None:
        super().__init__(
            "Vous n’avez pas de mot de passe ici : sans FranceConnect, vous ne pourriez plus entrer. Choisissez d’abord un mot de passe.",
            code="mot_de_passe",
        )


def count_start(request: HttpRequest) -> None:
    """One more departure from this network. Raises `TooManyTries`."""
    verdict = count_try(f"federation:{blind_index(source_of(request))}", STARTS)
    if not verdict.is_allowed:
        raise TooManyTries(verdict, about="depuis votre réseau")


def note_lost(request: HttpRequest, fournisseur: str) -> None:
    """A return that answers no departure of this browser: too old, served already, or made up by somebody."""
    if count_try(f"retour:{blind_index(source_of(request))}", NOTED).is_allowed:
        record("comptes.federation.lost", by=VISITOR, fournisseur=fournisseur, source=source_of(request))


def note_failure(compte: Compte | None, *, fournisseur: str, motif: str, incident: str, chez_eux: str) -> None:
    """The provider did not answer, or was not believed: what a member reads on the telephone leads here."""
    record(
        "comptes.federation.failed",
        compte,
        by=compte or VISITOR,
        fournisseur=fournisseur,
        motif=motif,
        incident=incident,
        chez_eux=chez_eux,
    )


def note_unknown(request: HttpRequest, *, fournisseur: str, motif: str) -> None:
    """An identity was proved, and opens nothing."""
    record("comptes.federation.unknown", by=VISITOR, fournisseur=fournisseur, motif=motif, source=source_of(request))


@transaction.atomic
def come_in(
    request: HttpRequest, compte: Compte, identite: Identite, *, end_session: str, is_just_opened: bool = False
) -> None:
    """Open the session of a member whom FranceConnect proved, and tie the account at the first time.

    No stronger than a password (eIDAS low): who has a second factor is asked for it. Raises `TiedElsewhere`.
    """
    is_new = tie(compte, identite, by=compte)
    if is_new:
        record(
            "comptes.association.created", compte, by=compte, fournisseur="franceconnect", acr=identite.acr, par="pivot"
        )
    if is_new and not is_just_opened:  # an account just opened is told in words of its own
        warn(compte, Avertissement.Objet.FRANCECONNECT, by=compte)
    attend = Session.Attente.SECOND_FACTEUR if has_second_factor(compte) else Session.Attente.RIEN
    open_session(request, compte, methode=Session.Methode.FRANCECONNECT, attend=attend)
    sortie.keep(request, compte, identite, end_session)


@transaction.atomic
def come_in_agent(request: HttpRequest, compte: Compte, identite: Identite, *, end_session: str) -> None:
    """Open the session of an agent. The second factor is asked here unless the provider says that one was given there."""
    if tie(compte, identite, by=compte):
        record(
            "comptes.association.created", compte, by=compte, fournisseur="organisme", acr=identite.acr, par="donnee"
        )
    is_strong = bool({*identite.amr, identite.acr} & set(ENV.agents_oidc_mfa))
    open_session(request, compte, methode=Session.Methode.FOURNISSEUR, strong=is_strong)
    sortie.keep(request, compte, identite, end_session)


def tie(compte: Compte, identite: Identite, *, by: Actor) -> bool:
    """The tie of an account and an identity, made if it is not there; whether it was made. Raises `TiedElsewhere`."""
    Compte.objects.select_for_update(no_key=True, of=("self",)).get(
        pk=compte.pk
    )  # two tabs come back at once: one makes it
    now = timezone.now()
    there = Association.objects.filter(emetteur=identite.emetteur, sujet=identite.sujet)
    found = there.first() or Association.objects.filter(compte=compte, emetteur=identite.emetteur).first()
    if found is None:
        Association.objects.create(
            compte=compte,
            emetteur=identite.emetteur,
            sujet=identite.sujet,
            acr=identite.acr,
            created_at=now,
            last_used_at=now,
        )
        return True
    if (found.compte_id, found.sujet) != (compte.pk, identite.sujet):
        raise TiedElsewhere
    there.update(last_used_at=now, acr=identite.acr)
    return False


def associate(request: HttpRequest, compte: Compte, identite: Identite, *, end_session: str, by: Actor) -> bool:
    """Tie FranceConnect to the account of the member who is in; whether it was not tied before.

    Raises `OtherIdentity` (written down: somebody may be trying to attach another person's account) or `TiedElsewhere`.
    """
    assert compte.personne is not None
    differ = differences(compte.personne, from_claims(identite.claims))
    if differ:
        record("comptes.association.refused", compte, by=by, fournisseur="franceconnect", ecarts=differ)
        raise OtherIdentity
    with transaction.atomic():
        is_new = tie(compte, identite, by=by)
        if is_new:
            record(
                "comptes.association.created",
                compte,
                by=by,
                fournisseur="franceconnect",
                acr=identite.acr,
                par="compte",
            )
            warn(compte, Avertissement.Objet.FRANCECONNECT, by=by)
        sortie.keep(request, compte, identite, end_session)
    return is_new


@transaction.atomic
def dissociate(request: HttpRequest, compte: Compte, emetteur: str, *, by: Actor) -> None:
    """Untie the account, and close the sessions that FranceConnect opened elsewhere. Raises `NoOtherWay`."""
    compte = Compte.objects.select_for_update(no_key=True, of=("self",)).get(pk=compte.pk)
    if not compte.has_usable_password():
        raise NoOtherWay
    gone, _ = Association.objects.filter(compte=compte, emetteur=emetteur).delete()
    if not gone:
        return
    here = session_of(request).row
    others = Session.objects.filter(compte=compte, methode=Session.Methode.FRANCECONNECT)
    closed, _ = others.exclude(pk=here.pk if here else "").delete()
    record("comptes.association.removed", compte, by=by, fournisseur="franceconnect", sessions=closed)
    warn(compte, Avertissement.Objet.FRANCECONNECT, by=by)


@transaction.atomic
def associate_agent(compte: Compte, emetteur: str, sujet: str, *, by: Actor) -> None:
    """Tie an agent's account, from the console. Raises `TiedElsewhere`."""
    if tie(compte, Identite(emetteur, sujet, "", (), {}, ""), by=by):
        record("comptes.association.created", compte, by=by, fournisseur="organisme", acr="", par="console")


@transaction.atomic
def dissociate_agent(compte: Compte, emetteur: str, *, by: Actor) -> bool:
    """Untie an agent's account and end their sessions that it opened; whether it was tied."""
    gone, _ = Association.objects.filter(compte=compte, emetteur=emetteur).delete()
    if gone:
        Session.objects.filter(compte=compte, methode=Session.Methode.FOURNISSEUR).delete()
        record("comptes.association.removed", compte, by=by, fournisseur="organisme")
    return bool(gone)
