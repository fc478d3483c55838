"""What is done about a registration once it is finished: by the member whose e-mail did not arrive, and by the help desk."""

from django.db import transaction
from django.utils import timezone

from enclos.comptes.models import Compte
from enclos.courrier import lettres
from enclos.courrier.access import open_letter_of
from enclos.courrier.models import Lettre
from enclos.inscription import essais, niveau, ouverture
from enclos.inscription.models import Conclusion, Inscription
from enclos.journal.actions import Actor, record
from enclos.registre.models import Personne
from enclos.socle.refusals import Refusal


@transaction.atomic
def post_instead(inscription: Inscription, *, by: Actor) -> None:
    """The e-mail did not arrive: the password by post, and an account as if it had been opened by post from the start.

    The address that failed leaves the account: nothing is to be recovered by a mailbox that the fund never reached.
    """
    row = Conclusion.objects.select_for_update(no_key=True, of=("self",)).filter(
        inscription=inscription, resultat=Conclusion.Resultat.COURRIEL
    ).select_related("compte__personne", "compte__caisse").first()  # fmt: skip
    if row is None or row.compte is None or row.compte.personne is None or ouverture.was_used(row.compte):
        return
    compte, personne = row.compte, row.compte.personne
    letter = open_letter_of(personne)
    if letter is not None and letter.genre == Lettre.Genre.MOT_DE_PASSE:
        return
    compte.courriel, compte.courriel_verifie_at = personne.email, None
    compte.telephone, compte.telephone_verifie_at = "", None
    compte.niveau = Compte.Niveau.A_CONFIRMER  # until the letter serves
    compte.save(update_fields=["courriel", "courriel_verifie_at", "telephone", "telephone_verifie_at", "niveau"])
    ouverture.send_password_letter(compte, cle=f"inscription.plutot.{row.pk}", by=by)
    row.resultat, row.courriel_cle, row.annonce_at = Conclusion.Resultat.COURRIER, "", None
    row.save(update_fields=["resultat", "courriel_cle", "annonce_at"])
    record("inscription.inscription.by_post_instead", personne, by=by)


@transaction.atomic
def unblock(personne: Personne, *, by: Actor) -> int:
    """Let the identity question be answered again at once; returns how many wrong answers were forgotten."""
    forgotten = essais.forget(personne)
    record("inscription.essais.forgotten", personne, by=by, faux=forgotten)
    return forgotten


@transaction.atomic
def resend_letter(personne: Personne, *, by: Actor, to_take_back: bool = False) -> Lettre:
    """A letter with a new secret, to the address that the fund knows, in place of the one on its way if there is one.

    The code of an account to confirm when that is all that is missing, unless it is `to_take_back` from a stranger who opened it,
    whose contacts and factors go when the password of the letter serves; else a provisional password, for which an account is
    opened when there is none: so one registers by telephone. Raises `Refusal` when no account may be opened or entered.
    """
    if personne.decede or personne.closed_at is not None:
        raise Refusal("Cette personne est décédée ou fermée dans le registre : aucun courrier ne part.", code="decedee")
    if personne.date_naissance is not None and ouverture.is_too_young(personne):
        raise Refusal("Moins de 16 ans : cette personne est rattachée au compte d’un parent.", code="mineure")
    row = Conclusion(personne=personne)
    row.compte = Compte.objects.select_for_update(no_key=True, of=("self",)).select_related("personne", "caisse").filter(
        personne=personne
    ).first()  # fmt: skip
    compte = row.compte
    if compte is not None and not compte.is_active and compte.closed_at is None:
        raise Refusal("Ce compte a été fermé par la caisse.", code="bloquee")
    letter = open_letter_of(personne)
    count = Lettre.objects.filter(personne=personne).count()
    cle = f"inscription.guichet.{personne.pk}.{count + 1}"
    only_code = compte is not None and not compte.is_confirmed and not to_take_back
    if compte is not None and only_code and ouverture.was_used(compte) and compte.has_usable_password():
        if letter is not None:
            lettres.cancel(letter, by=by)
        return niveau.send_letter(compte, cle=cle, by=by)
    if letter is not None:
        lettres.cancel(letter, by=by)
    if compte is None or compte.closed_at is not None:
        compte = ouverture.blank_account(row, personne, by=by)
        compte.courriel, compte.niveau = personne.email, Compte.Niveau.A_CONFIRMER
        compte.save()
        record("inscription.compte.opened", compte, by=by, canal="courrier", niveau=compte.niveau)
        row.resultat, row.examen = Conclusion.Resultat.COURRIER, "téléphone"
        row.concluded_at = row.kept_at = timezone.now()
        row.next_at = None
        row.save()
    return ouverture.send_password_letter(compte, cle=cle, by=by)
