"""What the help desk does for a member, after checks that were written down: each act is in the journal and told to the member.

No act shows a secret or sets a password: what proves the member goes to the member, by e-mail or by post.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from enclos.agents import quotas
from enclos.agents.assistance import emails
from enclos.agents.assistance.access import Situation, is_nir, situation_of
from enclos.agents.models import Appel, Lecture
from enclos.comptes import actions as comptes
from enclos.comptes import compteurs
from enclos.comptes.actions import TooManyTries
from enclos.comptes.compteurs import Rule
from enclos.comptes.coordonnees.connexions import close_others
from enclos.comptes.equipe import who
from enclos.comptes.identifiants import Identifiant
from enclos.comptes.models import Association, Compte
from enclos.comptes.mots_de_passe import provisoires
from enclos.inscription import actions as inscription
from enclos.journal.access import lines_about
from enclos.journal.actions import record
from enclos.registre.models import Personne
from enclos.socle.refusals import Refusal

# Helping somebody takes minutes: whoever searches more than this is not on the telephone.
SEARCHES = Rule(timedelta(hours=1), free=60, waits=(timedelta(hours=1),), most=60)
TWICE = timedelta(seconds=30)  # the same act again so soon is a double click
KEPT = timedelta(days=30)  # then the journal alone remembers a call


def note_search(agent: Compte, *, par: str, trouvees: int, raison: str, precision: str) -> None:
    """Write that somebody was looked for, by what means and why; never the number nor the name."""
    record("agents.assistance.searched", by=agent, par=par, trouvees=trouvees, raison=raison, precision=precision)


def count_search(agent: Compte, numero: str) -> None:
    """Raises `TooManyTries` for whoever looks for too many people in an hour, `QuotaReached` for one number too many in a day."""
    verdict = compteurs.count_try(f"assistance:{agent.pk}", SEARCHES)
    if not verdict.is_allowed:
        raise TooManyTries(verdict, about="de recherche")
    if is_nir(numero):
        quotas.count(agent, Lecture.NUMERO)


def open_call(personne: Personne, *, raison: str, precision: str, by: Compte) -> Appel:
    """Show this person's account to this agent for an hour, counted as their page is. Raises `QuotaReached`."""
    # Before the transaction: what those in charge are told of a refusal must outlive it.
    quotas.count(by, Lecture.PERSONNE, objet=personne.pk, personne=personne, is_hors=True)
    return begin_call(personne, raison=raison, precision=precision, by=by)


@transaction.atomic
def begin_call(personne: Personne, *, raison: str, precision: str, by: Compte) -> Appel:
    """Write the call down."""
    appel = Appel.objects.create(agent=by, personne=personne, raison=raison, precision=precision)
    record(
        "agents.assistance.opened",
        personne,
        by=by,
        concerne=personne,
        appel=str(appel.pk),
        raison=raison,
        precision=precision,
        **who(by),
    )
    return appel


@transaction.atomic
def note_checks(appel: Appel, *, verifications: Sequence[str], constat: str, by: Compte) -> None:
    """« Vérifications faites au téléphone »: acts are open from here on."""
    Appel.objects.filter(pk=appel.pk).update(
        verifications=list(verifications), constat=constat, verifie_at=timezone.now()
    )
    record(
        "agents.assistance.checked",
        appel.personne,
        by=by,
        appel=str(appel.pk),
        verifications=list(verifications),
        constat=constat,
    )


@dataclass(frozen=True)
class Acte:
    """Something the help desk may do: its button, what follows, what is said once done, and whether it can be done now."""

    slug: str
    titre: str
    suite: str
    fait: str
    event: str
    do: Callable[[Personne, Compte], None]  # on whom, by whom
    refus: Callable[[Situation], str]  # why not, or nothing


def nothing(situation: Situation) -> str:
    return ""


def no_verified_mail(situation: Situation) -> str:
    compte = situation.compte
    if compte is None:
        return "Cette personne n’a pas de compte : elle doit d’abord s’inscrire."
    if not compte.may_sign_in:
        return "Ce compte ne s’ouvre plus."
    return "" if situation.has_verified_mail else "Aucune adresse e-mail vérifiée : envoyez une lettre."


def no_association(situation: Situation) -> str:
    return "" if situation.association else "Ce compte n’est pas lié à FranceConnect."


def no_session(situation: Situation) -> str:
    return "" if situation.sessions else "Aucune connexion n’est ouverte."


def nowhere_to_write(situation: Situation) -> str:
    personne, compte = situation.personne, situation.compte
    if personne.decede or personne.closed_at is not None:
        return "Personne décédée, ou sortie du registre : aucune lettre ne part."
    if compte is not None and not compte.is_active and compte.closed_at is None:
        return "Compte bloqué par la caisse : aucune lettre ne part."
    return ""


def unblock(personne: Personne, by: Compte) -> None:
    for index in (personne.nir_index, personne.nia_index):
        if index:
            comptes.unblock(Identifiant(empreinte=index, nir_index=index), by=by)
    inscription.unblock(personne, by=by)


def mail_password(personne: Personne, by: Compte) -> None:
    provisoires.mail(personne.compte, by=by)


def send_letter(personne: Personne, by: Compte) -> None:
    """A new secret each time: the former letter opens nothing any more. Whoever has no account gets one, as by the form."""
    inscription.resend_letter(personne, by=by)


def take_back(personne: Personne, by: Compte) -> None:
    """Somebody else opened the account with the member's card: what they put in it goes once the letter serves."""
    inscription.resend_letter(personne, by=by, to_take_back=True)


def not_to_confirm(situation: Situation) -> str:
    if situation.compte is None or situation.compte.is_confirmed:
        return "Ce compte n’attend pas de confirmation : envoyez une lettre."
    return nowhere_to_write(situation)


def unlink(personne: Personne, by: Compte) -> None:
    for row in Association.objects.filter(compte=personne.compte).order_by("pk"):
        record("comptes.association.removed", personne.compte, by=by, fournisseur="franceconnect", sessions=0)
        row.delete()


def end_sessions(personne: Personne, by: Compte) -> None:
    close_others(personne.compte, but="", by=by)


ACTES = {
    acte.slug: acte
    for acte in (
        Acte(
            "debloquer",
            "Débloquer les essais",
            "L’adhérent peut tout de suite se connecter, ou répondre à la question de l’inscription.",
            "Les essais sont remis à zéro.",
            "agents.assistance.unblocked",
            unblock,
            nothing,
        ),
        Acte(
            "courriel",
            "Envoyer un mot de passe provisoire par courriel",
            "À l’adresse e-mail vérifiée, et à aucune autre. Vous ne le voyez pas.",
            "Un mot de passe provisoire part par courriel.",
            "agents.assistance.password_mailed",
            mail_password,
            no_verified_mail,
        ),
        Acte(
            "lettre",
            "Envoyer une lettre",
            "Mot de passe provisoire, ou code de confirmation si c’est ce qui manque. À l’adresse du registre, avec un secret nouveau : "
            "la lettre d’avant ne sert plus. Ouvre un compte à qui n’en a pas.",
            "Une lettre part à l’adresse que le registre connaît.",
            "agents.assistance.letter_sent",
            send_letter,
            nowhere_to_write,
        ),
        Acte(
            "reprendre",
            "Rendre le compte à l’adhérent",
            "Quand quelqu’un d’autre l’a ouvert avec sa carte. Un mot de passe part à l’adresse du registre ; dès qu’il sert, l’adresse e-mail, le téléphone "
            "et les clés mis par cette personne disparaissent.",
            "Une lettre part à l’adresse que le registre connaît.",
            "agents.assistance.account_given_back",
            take_back,
            not_to_confirm,
        ),
        Acte(
            "franceconnect",
            "Retirer le lien avec FranceConnect",
            "L’adhérent se connecte alors avec son mot de passe.",
            "Le lien avec FranceConnect est retiré.",
            "agents.assistance.association_removed",
            unlink,
            no_association,
        ),
        Acte(
            "deconnecter",
            "Fermer toutes les connexions",
            "Tous les appareils sont déconnectés, tout de suite.",
            "Toutes les connexions sont fermées.",
            "agents.assistance.sessions_closed",
            end_sessions,
            no_session,
        ),
    )
}


@transaction.atomic
def act(appel: Appel, acte: Acte, *, by: Compte) -> None:
    """Do it, write it down, tell the member. Raises `Refusal` before the checks, after the hour, or when it cannot be done."""
    appel = (
        Appel.objects.select_for_update(no_key=True, of=("self",)).select_related("personne__caisse").get(pk=appel.pk)
    )
    personne = appel.personne
    if appel.is_over:
        raise Refusal("Cet appel est terminé : cherchez à nouveau la personne.", code="appel_fini")
    if not appel.is_verified:
        raise Refusal("Écrivez d’abord ce que vous avez vérifié au téléphone.", code="non_verifie")
    recent = lines_about(personne).filter(event=acte.event, at__gt=timezone.now() - TWICE)
    if recent.filter(details__appel=str(appel.pk)).exists():
        return  # a double click
    if reason := acte.refus(situation_of(personne)):
        raise Refusal(reason, code="impossible")
    acte.do(personne, by)
    record(acte.event, personne, by=by, appel=str(appel.pk))
    emails.assistance_a_agi(personne, acte.slug, by=by)


def forget_old_calls() -> int:
    """Remove the calls of more than a month; returns how many."""
    return Appel.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]
