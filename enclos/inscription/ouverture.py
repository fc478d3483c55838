"""Opening an account: by the e-mail that was proved, or by a letter to the address that the fund knows.

An account opened by e-mail is at level 1 unless that address is the one the fund knew (standards, D3): whoever holds a card and a
statement of somebody else gets no further, and the member is told by each channel that the fund knows. A letter proves the address
by itself; the e-mail typed by who asked for it, who may be anybody, is then never taken into the account.
"""

from django.db import transaction
from django.utils import timezone

from enclos.comptes.coordonnees.telephones import TelephoneError, normalise
from enclos.comptes.fermeture import reopen_for_registration
from enclos.comptes.models import Acceptation, Compte, MotDePasseProvisoire
from enclos.comptes.mots_de_passe import provisoires
from enclos.courrier import lettres
from enclos.courrier.access import open_letter_of
from enclos.courrier.models import Lettre
from enclos.inscription import emails, niveau
from enclos.inscription.models import Conclusion, Inscription, Reponses
from enclos.journal.actions import SYSTEM, Actor, record
from enclos.registre.models import Personne
from enclos.registre.rapprochement import is_child
from enclos.socle.dates import today_paris

Canal = MotDePasseProvisoire.Canal


def was_used(compte: Compte) -> bool:
    """Whether somebody ever came in, or shut what was opened: such an account is never given again by a question."""
    return (
        compte.has_usable_password()
        or compte.provisoires.filter(used_at__isnull=False).exists()
        or compte.associations.exists()
        or compte.cles_passe.exists()
        or compte.avertissements.filter(used_at__isnull=False).exists()
    )


def is_too_young(personne: Personne) -> bool:
    """As far as the registry knows."""
    return personne.date_naissance is not None and is_child(personne, personne.date_naissance, today_paris())


@transaction.atomic
def by_mail(row: Conclusion, personne: Personne, inscription: Inscription, told: Reponses, *, by: Actor) -> None:
    """The answer was right and the address proved: the provisional password leaves at once."""
    compte = blank_account(row, personne, by=by)
    compte.courriel, compte.courriel_verifie_at = told["courriel"], inscription.courriel_prouve_at
    compte.telephone = told["coordonnees"]["telephone"]
    is_known = bool(personne.email) and same_contact(personne.email, compte.courriel)
    compte.niveau = Compte.Niveau.CONFIRME if is_known else Compte.Niveau.A_CONFIRMER
    compte.save()
    accept(compte, inscription)
    letter = open_letter_of(personne)
    if letter is not None:  # a former letter bears a password that is worth nothing from now on
        lettres.cancel(letter, by=by)
    provisoires.mail(compte, by=by)
    awaited = provisoires.awaited(compte)
    row.courriel_cle = f"comptes.provisoire.{awaited.pk}" if awaited else ""
    record("inscription.compte.opened", compte, by=by, canal="courriel", niveau=compte.niveau)
    if not is_known:
        emails.acces_ouvert(compte, personne, by=by)
        niveau.send_letter(compte, cle=f"inscription.niveau.{row.pk}", by=by)
    announce(row, personne, by=by)


@transaction.atomic
def by_letter(row: Conclusion, personne: Personne, inscription: Inscription, *, by: Actor) -> None:
    """The password goes to the address that the fund knows, and nowhere else."""
    compte = blank_account(row, personne, by=by)
    compte.courriel, compte.courriel_verifie_at = personne.email, None
    compte.telephone, compte.telephone_verifie_at = "", None
    compte.niveau = (
        Compte.Niveau.A_CONFIRMER
    )  # until the letter serves: a wrong answer sends one too, FranceConnect may come first
    compte.save()
    accept(compte, inscription)
    send_password_letter(compte, cle=f"inscription.{row.pk}", by=by)
    record("inscription.compte.opened", compte, by=by, canal="courrier", niveau=compte.niveau)


def send_password_letter(compte: Compte, *, cle: str, by: Actor) -> Lettre:
    """A new provisional password, by post. Raises `LetterAlreadyOpen`."""
    assert compte.personne is not None
    with transaction.atomic():
        secret = provisoires.issue(compte, Canal.COURRIER, by=by)
        return lettres.request(
            compte.personne, Lettre.Genre.MOT_DE_PASSE, secret=secret, cle=cle, caisse=compte.caisse, by=by
        )


def blank_account(row: Conclusion, personne: Personne, *, by: Actor) -> Compte:
    """The account to fill: a new one, one that was never used, or the closed one of the same person."""
    compte = row.compte
    if compte is not None and compte.closed_at is not None:
        compte = reopen_for_registration(personne, by=by)
    if compte is None:
        compte = Compte(genre=Compte.Genre.ADHERENT, caisse=personne.caisse, personne=personne)
        compte.set_unusable_password()
        compte.save(force_insert=True)
    row.compte = compte
    return compte


def accept(compte: Compte, inscription: Inscription) -> None:
    """Keep which conditions were accepted, and when."""
    texte = Acceptation.Texte.CONDITIONS
    assert inscription.accepted_at is not None
    Acceptation.objects.filter(compte=compte, texte=texte, withdrawn_at=None).update(withdrawn_at=timezone.now())
    Acceptation.objects.create(
        compte=compte,
        texte=texte,
        version=inscription.conditions_version,
        sha256=inscription.conditions_sha256,
        accepted_at=inscription.accepted_at,
    )


def announce(row: Conclusion, personne: Personne, *, by: Actor) -> None:
    """« Un accès en ligne vient d’être ouvert », by post, after every opening."""
    lettres.request(
        personne, Lettre.Genre.ACCES_OUVERT, cle=f"inscription.acces.{row.pk}", caisse=personne.caisse, by=by
    )
    row.annonce_at = timezone.now()


def announce_openings() -> int:
    """Those opened by a letter are announced once the password it bore has served, and their letter is done with."""
    rows = (
        Conclusion.objects.filter(
            resultat=Conclusion.Resultat.COURRIER, annonce_at=None, compte__provisoires__used_at__isnull=False
        )
        .select_related("personne__caisse")
        .order_by("pk")
        .distinct()[:100]
    )
    done = 0
    for row in list(rows):
        with transaction.atomic():
            if not Conclusion.objects.filter(pk=row.pk, annonce_at=None).update(annonce_at=timezone.now()):
                continue
            assert row.personne is not None
            letter = open_letter_of(row.personne)
            if letter is not None and letter.genre == Lettre.Genre.MOT_DE_PASSE:
                lettres.close(letter, by=SYSTEM)
            announce(row, row.personne, by=SYSTEM)
            done += 1
    return done


def same_contact(one: str, other: str) -> bool:
    """Whether two e-mail addresses, telephones or postcodes are the same, however they are written."""
    if "@" in one or "@" in other:
        return one.strip().lower() == other.strip().lower()
    try:
        return normalise(one) == normalise(other)
    except TelephoneError:
        return one.replace(" ", "") == other.replace(" ", "")
