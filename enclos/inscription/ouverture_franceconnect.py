"""What a code typed after FranceConnect does: the account, its tie, its level, who is told, and the session."""

from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from enclos.comptes import codes
from enclos.comptes.federation import actions as federation
from enclos.comptes.federation.attente import Attente
from enclos.comptes.fermeture import reopen_for_registration
from enclos.comptes.models import Acceptation, Code, Compte
from enclos.courrier import lettres
from enclos.courrier.access import open_letter_of
from enclos.courrier.models import Courriel, Lettre
from enclos.inscription import emails, essais, niveau
from enclos.inscription.access import Remise, delivery
from enclos.inscription.ouverture import is_too_young, same_contact
from enclos.journal.actions import SYSTEM, record
from enclos.registre.models import Personne
from enclos.socle.refusals import Refusal
from enclos.socle.sealed import blind_index

OBJET = "franceconnect"  # what the code sent to the address proves


def person_to_open(pk: UUID) -> Personne | None:
    """Whom an account may still be opened for. Raises `Refusal` for a child."""
    personne = Personne.objects.select_related("caisse").filter(pk=pk, closed_at=None, decede=False).first()
    if personne is not None and is_too_young(personne):
        raise Refusal(
            "Avant 16 ans, on n’a pas d’espace à soi : vos documents sont dans celui d’un de vos parents.",
            code="mineur",
        )
    return personne


def link_of(attente: Attente) -> str:
    """What the code belongs to: this opening and this address, so that a code read in one mailbox proves no other."""
    return blind_index(f"{OBJET}:{attente.lien}:{attente.courriel}")


def delivery_of(attente: Attente) -> Remise:
    """How the last code went."""
    code = Code.objects.filter(objet=OBJET, lien=link_of(attente)).first()
    return delivery(Courriel.objects.filter(cle=codes.key_of(code)).first() if code else None)


class OpenedMeanwhile(Refusal):
    """Another tab, or a registration by the question, was first."""

    def __init__(self) -> None:
        super().__init__(
            "Votre espace vient d’être ouvert. Revenez à la page de connexion : FranceConnect suffit maintenant.",
            code="deja",
        )


@transaction.atomic
def open_account(request: HttpRequest, attente: Attente, personne: Personne) -> Compte:
    """Open the account of a person whom FranceConnect proved and whose address a code has. Raises `OpenedMeanwhile`."""
    essais.hold(personne)  # one opening of a person at a time, whatever its way
    compte = Compte.objects.filter(personne=personne).first()
    if compte is not None and compte.closed_at is None:
        raise OpenedMeanwhile
    if compte is not None:
        compte = reopen_for_registration(personne, by=SYSTEM)
    else:
        compte = Compte(genre=Compte.Genre.ADHERENT, caisse=personne.caisse, personne=personne)
        compte.set_unusable_password()
    now = timezone.now()
    is_known = bool(personne.email) and same_contact(personne.email, attente.courriel)
    compte.courriel, compte.courriel_verifie_at = attente.courriel, now
    compte.niveau = Compte.Niveau.CONFIRME if is_known else Compte.Niveau.A_CONFIRMER
    compte.save()
    texte = Acceptation.Texte.CONDITIONS
    Acceptation.objects.filter(compte=compte, texte=texte, withdrawn_at=None).update(withdrawn_at=now)
    Acceptation.objects.create(
        compte=compte,
        texte=texte,
        version=attente.conditions_version,
        sha256=attente.conditions_sha256,
        accepted_at=now,
    )
    record("inscription.compte.opened", compte, by=compte, canal="franceconnect", niveau=compte.niveau)
    tell(compte, personne, attente, is_known=is_known)
    federation.come_in(request, compte, attente.identite, end_session=attente.end_session, is_just_opened=True)
    return compte


def tell(compte: Compte, personne: Personne, attente: Attente, *, is_known: bool) -> None:
    """As after any opening (standards, D3): the known channels, and the post."""
    letter = open_letter_of(personne)
    if letter is not None:  # a former letter bears a password that is worth nothing from now on
        lettres.cancel(letter, by=compte)
    if not is_known:
        emails.acces_ouvert(compte, personne, by=compte)
        niveau.send_letter(compte, cle=f"inscription.niveau.{attente.lien}", by=compte)
    lettres.request(
        personne, Lettre.Genre.ACCES_OUVERT, cle=f"inscription.acces.{attente.lien}", caisse=personne.caisse, by=compte
    )
