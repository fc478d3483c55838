"""Changing contact details: a code to the new one, a word to the former one, a row for the fund's system."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from enclos.comptes import codes, compteurs
from enclos.comptes.canaux import working_phone
from enclos.comptes.compteurs import Rule, TooManyTries
from enclos.comptes.coordonnees import emails, telephones
from enclos.comptes.coordonnees.access import address_in_registry, lines_of
from enclos.comptes.coordonnees.contestation import tell_by_text, warn
from enclos.comptes.models import Avertissement, Changement, Compte
from enclos.courrier import textos
from enclos.journal.actions import Actor, record
from enclos.socle.dates import today_paris
from enclos.socle.refusals import Refusal
from enclos.socle.sealed import blind_index

# New addresses and numbers one account may have written to: the portal must not become a way to bother strangers.
BY_NEW_CONTACT = Rule(window=timedelta(hours=24), free=8, waits=(timedelta(hours=24),), most=8)


def link_of(compte: Compte, contact: str) -> str:
    """What the code belongs to: this account and this contact, so that a code proves no other one."""
    return blind_index(f"coordonnees:{compte.pk}:{contact}")


def count_new_contact(compte: Compte) -> None:
    verdict = compteurs.count_try(f"contact:{compte.pk}", BY_NEW_CONTACT)
    if not verdict.is_allowed:
        raise TooManyTries(verdict, about="de changement de coordonnées")


def ask_courriel(compte: Compte, courriel: str, *, by: Actor) -> None:
    """Send a code to a new e-mail address. Nothing changes yet. Raises `Refusal`, `TooManyTries`."""
    if courriel == compte.courriel and compte.courriel_verifie_at:
        raise Refusal("C’est déjà votre adresse e-mail, et elle est vérifiée.", code="identique", status=422)
    count_new_contact(compte)
    codes.send_by_mail(
        "courriel", link_of(compte, courriel), to=courriel, caisse=compte.caisse, concerne=compte.personne_id, by=by
    )


def confirm_courriel(compte: Compte, courriel: str, typed: str, *, by: Actor) -> None:
    """The code came back: the address is the account's. Raises `codes.WrongCode` or `codes.DeadCode`."""
    codes.check("courriel", link_of(compte, courriel), typed, by=by)  # keeps its own count, even when it refuses
    with transaction.atomic():
        compte = Compte.objects.select_for_update(no_key=True).get(pk=compte.pk)
        before, number = {"courriel": compte.courriel, "telephone": compte.telephone}, working_phone(compte)
        now = compte.courriel_verifie_at = timezone.now()
        if compte.courriel == courriel:
            compte.save(update_fields=["courriel_verifie_at"])
            record("comptes.courriel.verified", compte, by=by)
            return
        compte.courriel = courriel
        compte.save(update_fields=["courriel", "courriel_verifie_at"])
        note(compte, Changement.Champ.COURRIEL, {"email": courriel}, today_paris(), at=now)
        record("comptes.courriel.changed", compte, by=by)
        warn(compte, Avertissement.Objet.COURRIEL, before=before, instead_to=before["courriel"], at=now, by=by)
        tell_by_text(compte, Avertissement.Objet.COURRIEL, number, at=now, by=by)


def ask_telephone(compte: Compte, telephone: str, *, by: Actor) -> bool:
    """Send a code to a new number; where no text message can, keep it « non vérifié ». Returns whether a code was sent."""
    if telephone == compte.telephone and compte.telephone_verifie_at:
        raise Refusal("C’est déjà votre numéro, et il est vérifié.", code="identique", status=422)
    count_new_contact(compte)
    if can_text(telephone):
        codes.send_by_sms(
            "telephone",
            link_of(compte, telephone),
            to=telephone,
            caisse=compte.caisse,
            concerne=compte.personne_id,
            by=by,
        )
        return True
    change_telephone(compte, telephone, is_verified=False, by=by)
    return False


def can_text(telephone: str) -> bool:
    """Whether a text message would reach this number."""
    return textos.is_available() and telephones.is_mobile(telephone)


def confirm_telephone(compte: Compte, telephone: str, typed: str, *, by: Actor) -> None:
    """The code came back: the number is the member's. Raises `codes.WrongCode` or `codes.DeadCode`."""
    codes.check("telephone", link_of(compte, telephone), typed, by=by)
    change_telephone(compte, telephone, is_verified=True, by=by)


@transaction.atomic
def change_telephone(compte: Compte, telephone: str, *, is_verified: bool, by: Actor) -> None:
    """Keep a number, or none when it is empty."""
    compte = Compte.objects.select_for_update(no_key=True).get(pk=compte.pk)
    before, number = {"courriel": compte.courriel, "telephone": compte.telephone}, working_phone(compte)
    now = timezone.now()
    compte.telephone_verifie_at = now if is_verified else None
    if compte.telephone == telephone:
        compte.save(update_fields=["telephone_verifie_at"])
        if is_verified:
            record("comptes.telephone.verified", compte, by=by)
        return
    compte.telephone = telephone
    compte.save(update_fields=["telephone", "telephone_verifie_at"])
    note(compte, Changement.Champ.TELEPHONE, {"telephone": telephones.as_typed(telephone)}, today_paris(), at=now)
    record("comptes.telephone.changed", compte, by=by, verifie=is_verified)
    warn(compte, Avertissement.Objet.TELEPHONE, before=before, at=now, by=by)
    tell_by_text(compte, Avertissement.Objet.TELEPHONE, number, at=now, by=by)


@transaction.atomic
def change_adresse(compte: Compte, valeurs: Mapping[str, str], effet_le: date, *, by: Actor) -> Changement:
    """Ask the fund for a new postal address; the latest asked replaces the former."""
    compte = (
        Compte.objects.select_for_update(no_key=True, of=("self",))
        .select_related("personne", "caisse")
        .get(pk=compte.pk)
    )
    known, pending = address_in_registry(compte), open_change(compte, Changement.Champ.ADRESSE)
    if pending is None and lines_of(valeurs) == lines_of(known):
        raise Refusal(
            "C’est déjà l’adresse que nous connaissons : il n’y a rien à changer.", code="identique", status=422
        )
    if pending is not None and pending.valeurs == dict(valeurs) and pending.effet_le == effet_le:
        return pending  # a double click
    now = timezone.now()
    changement = note(compte, Changement.Champ.ADRESSE, dict(valeurs), effet_le, at=now)
    record("comptes.adresse.changed", compte, by=by, effet_le=effet_le.isoformat())
    warn(compte, Avertissement.Objet.ADRESSE, before={"adresse": known}, at=now, by=by)
    tell_by_text(compte, Avertissement.Objet.ADRESSE, working_phone(compte), at=now, by=by)
    return changement


@transaction.atomic
def cancel_adresse(compte: Compte, *, by: Actor) -> None:
    """Give up a change of address that the fund's system was not given yet. Raises `Refusal`."""
    pending = open_change(compte, Changement.Champ.ADRESSE)
    if pending is None:
        return  # a double click
    # In one statement: the export may be giving it at this instant.
    cancelled = Changement.objects.filter(pk=pending.pk, exported_at=None, cancelled_at=None).update(
        cancelled_at=timezone.now()
    )
    if not cancelled:
        raise Refusal(
            "Ce changement est déjà parti dans nos services : il ne peut plus être annulé ici. "
            "Demandez un autre changement d’adresse, ou appelez-nous.",
            code="parti",
        )
    record("comptes.adresse.cancelled", compte, by=by)
    emails.adresse_annulee(compte, pending, by=by)


def open_change(compte: Compte, champ: str) -> Changement | None:
    """The change of this detail that waits for the registry; the account's row is locked by who asks."""
    return Changement.objects.filter(compte=compte, champ=champ, confirmed_at=None, cancelled_at=None).first()


def note(compte: Compte, champ: str, valeurs: Mapping[str, str], effet_le: date, *, at: datetime) -> Changement:
    """A row for the fund's system; the former one, given or not, is replaced."""
    pending = open_change(compte, champ)
    if pending is not None:
        pending.cancelled_at = at
        pending.save(update_fields=["cancelled_at"])
    return Changement.objects.create(
        compte=compte, champ=champ, valeurs=dict(valeurs), effet_le=effet_le, created_at=at
    )
