"""What becomes of a finished registration: the only place where it meets the registry, and only a worker comes here.

Every end is silent on the screen. One at a time for a person: two registrations at once are looked at one after the other, and the
second finds what the first one made.
"""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from enclos.comptes.models import Compte, MotDePasseProvisoire
from enclos.comptes.mots_de_passe import provisoires
from enclos.courrier.access import open_letter_of
from enclos.courrier.lettres import address_of
from enclos.inscription import emails, essais, frein, ouverture
from enclos.inscription.models import Conclusion, Inscription, Reponses
from enclos.journal.actions import SYSTEM, record
from enclos.registre.access import person_by_nir
from enclos.registre.models import Personne
from enclos.registre.rapprochement import Declare, is_answer, is_child, is_plausible
from enclos.socle.adresses import AddressToVerify, NoFixedAddress
from enclos.socle.dates import today_paris
from enclos.socle.promesses import PermanentFailure

Resultat = Conclusion.Resultat
Canal = MotDePasseProvisoire.Canal

# Two registrations of one person with one address: the second is a double gesture, or, later, a message that was lost.
SAME_GESTURE = timedelta(minutes=10)


def conclude(conclusion: Conclusion) -> None:
    """Compare, decide, send, erase the answers. Done twice, it changes nothing."""
    with transaction.atomic():
        row = (
            Conclusion.objects.select_for_update(no_key=True, of=("self",))
            .select_related("inscription")
            .get(pk=conclusion.pk)
        )
        if row.resultat:
            return
        inscription = row.inscription
        if inscription is None:
            raise PermanentFailure("the registration was erased before it was looked at")
        told = inscription.reponses()
        row.resultat = decide(row, inscription, told)
        row.concluded_at = timezone.now()
        row.save(
            update_fields=["personne", "compte", "resultat", "examen", "courriel_cle", "concluded_at", "annonce_at"]
        )
        inscription.seal_reponses({"courriel": told.get("courriel", "")})
        inscription.save(update_fields=["reponses_sealed"])
        record(
            "inscription.inscription.concluded",
            row.personne,
            by=SYSTEM,
            resultat=row.resultat,
            examen=row.examen,
            ecarts=gaps(row.personne, told) if row.personne else [],
            empreinte=inscription.nir_index[:16],
        )


def decide(row: Conclusion, inscription: Inscription, told: Reponses) -> Resultat:
    """Who it is, whether an account may be opened, then the answer, and by which way the password leaves."""
    personne = person_by_nir(told["nir"])
    if personne is None:
        return Resultat.INCONNUE
    row.personne = personne
    declare = declared(told)
    if personne.decede:
        return Resultat.DECEDEE
    if not is_plausible(personne, declare):
        return Resultat.IDENTITE
    if is_child(personne, declare.date_naissance, today_paris()):
        return Resultat.MINEURE
    counted = essais.hold(personne)  # from here on, one registration of this person at a time
    row.compte = compte = Compte.objects.select_related("personne", "caisse").filter(personne=personne).first()
    if compte is not None and (end := end_of_known(compte, inscription, told)) is not None:
        return end
    is_right = False
    if essais.may_try(counted) and frein.may_be_compared(inscription):
        is_right = is_answer(personne, inscription.question_of(told), told["reponse"], asked_on(inscription))
        row.examen = "juste" if is_right else "fausse"
        if is_right:
            frein.was_right(inscription)
        else:
            essais.note_wrong(counted)
            frein.was_wrong()
    else:
        row.examen = "non comparée"
    if is_right and inscription.courriel_prouve_at and not inscription.par_courrier:
        ouverture.by_mail(row, personne, inscription, told, by=SYSTEM)
        return Resultat.COURRIEL
    return by_post(row, personne, inscription)


def end_of_known(compte: Compte, inscription: Inscription, told: Reponses) -> Resultat | None:
    """What becomes of a registration whose person has an account; None when the account was never used, or was closed by its holder."""
    if compte.closed_at is not None:
        return None
    if not compte.is_active:
        return Resultat.BLOQUEE
    if ouverture.was_used(compte):
        tell_holder(compte)
        return Resultat.DEJA
    awaited = provisoires.awaited(compte)
    if awaited is None or awaited.canal == Canal.COURRIER:
        return None
    # Somebody gave the right answer already, and holds a password: another address does not take it over.
    is_same = bool(inscription.courriel_prouve_at) and told.get("courriel", "").lower() == compte.courriel.lower()
    return None if is_same and awaited.created_at < timezone.now() - SAME_GESTURE else Resultat.PROVISOIRE


def tell_holder(compte: Compte) -> None:
    """By e-mail or text message, else by post: the letter brings back in a holder who has neither."""
    personne = compte.personne
    assert personne is not None
    if emails.deja_un_espace(compte, by=SYSTEM) or open_letter_of(personne) is not None or not has_address(personne):
        return
    ouverture.send_password_letter(compte, cle=f"inscription.deja.{compte.pk}.{today_paris()}", by=SYSTEM)


def by_post(row: Conclusion, personne: Personne, inscription: Inscription) -> Resultat:
    """A letter to the address that the fund knows, unless one is on its way or there is nowhere to write to."""
    if open_letter_of(personne) is not None:
        return Resultat.LETTRE_EN_ROUTE
    if not has_address(personne):
        return Resultat.SANS_ADRESSE
    ouverture.by_letter(row, personne, inscription, by=SYSTEM)
    return Resultat.COURRIER


def has_address(personne: Personne) -> bool:
    """Whether there is somewhere to write to. One that does not hold in the norm counts: an agent looks at it before it leaves."""
    try:
        address_of(personne).render()
    except NoFixedAddress:
        return False
    except AddressToVerify:
        return True
    return True


def declared(told: Reponses) -> Declare:
    details = told["coordonnees"]
    return Declare(
        nom_naissance=details["nom_naissance"],
        nom_usage=details["nom_usage"],
        prenoms=details["prenoms"],
        date_naissance=date.fromisoformat(details["date_naissance"]),
    )


def asked_on(inscription: Inscription) -> date:
    """The windows are counted from the day the person finished, even when the worker was down."""
    assert inscription.finished_at is not None
    return timezone.localtime(inscription.finished_at).date()


def gaps(personne: Personne, told: Reponses) -> list[str]:
    """Which contact details differ from the registry's, for the help desk: names of fields, never what they hold."""
    details = told["coordonnees"]
    known = {"code_postal": personne.code_postal, "courriel": personne.email.lower(), "telephone": personne.telephone}
    given = {
        "code_postal": details["code_postal"],
        "courriel": told.get("courriel", "").lower(),
        "telephone": details["telephone"],
    }
    return [
        name
        for name, value in known.items()
        if value and given[name] and not ouverture.same_contact(value, given[name])
    ]
