"""What members are told about how they are told."""

from collections.abc import Sequence
from datetime import date

from django.urls import reverse

from config.env import ENV
from enclos.avis.annonces import INSTEAD_OF_TEXT, is_online, mail, send
from enclos.avis.models import Avis
from enclos.comptes import emails
from enclos.comptes.models import Acceptation, Compte
from enclos.courrier.models import Courriel
from enclos.journal.actions import Actor
from enclos.socle.dates import jour, paris
from enclos.socle.templatetags.socle import accord, pluriel

CHOSEN = "Vous recevez ce résumé parce que vous l’avez choisi. Pour changer :"


def e_documents_acceptes(compte: Compte, acceptation: Acceptation, *, by: Actor) -> None:
    """The yes is kept: its date, its version, and the way back."""
    emails.send(
        f"avis.e-documents.{acceptation.pk}",
        to=compte.courriel,
        subject="Vous recevrez vos documents dans votre espace privé",
        body=(
            f"Depuis le {jour(paris(acceptation.accepted_at))}, vous recevez vos documents dans votre espace privé au lieu de la "
            f"poste. Vous avez accepté le texte du {jour(date.fromisoformat(acceptation.version))}.\n\n"
            "Pour chaque document, un e-mail vous prévient. Un document que vous n’ouvrez pas dans les 15 jours est considéré "
            "comme reçu le jour où il a été mis à votre disposition.\n\n"
            f"Vous pouvez revenir au papier quand vous voulez :\n\n{ENV.base_url}{reverse('avis:e_documents')}"
        ),
        caisse=compte.caisse,
        concerne=compte.personne_id,
        by=by,
    )


def e_documents_retires(compte: Compte, acceptation: Acceptation, end: date, *, by: Actor) -> None:
    """Back to paper, from a day on."""
    emails.send(
        f"avis.e-documents-fin.{acceptation.pk}",
        to=compte.courriel,
        subject="Vous recevrez de nouveau vos documents par la poste",
        body=(
            f"Vous avez demandé le retour au papier. À partir du {jour(end)} au plus tard, vos documents arrivent par la poste.\n\n"
            "Ce qui est mis à votre disposition avant ce jour reste reçu dans votre espace privé : pensez à l’ouvrir.\n\n"
            f"{ENV.base_url}{reverse('avis:e_documents')}"
        ),
        caisse=compte.caisse,
        concerne=compte.personne_id,
        by=by,
    )


def resume(rows: Sequence[Avis], *, key: str, by: Actor) -> Courriel:
    """What happened since the last digest of a member: titles alone, the oldest first."""
    personne = rows[0].personne
    count = pluriel(len(rows), "nouvel avis,nouveaux avis")
    way = f"\n\n{link('avis:avis')}\n\n{CHOSEN}\n\n{link('avis:preferences')}" if is_online(personne) else ""
    said = f"Vous avez {count} :\n\n{listed(rows)}\n\nLes détails sont dans votre espace privé.{way}"
    return send(personne, key, f"Vous avez {count}", said, by=by)


def renvoi(rows: Sequence[Avis], *, key: str, by: Actor) -> Courriel:
    """What came back from the former address, to the new one that was just verified."""
    count = pluriel(len(rows), "message")
    said = (
        f"Nous avons de nouveau une adresse e-mail où vous écrire. Avant cela, {count} n’{accord(len(rows), 'a,ont')} pas pu vous "
        f"arriver :\n\n{listed(rows)}\n\nLes détails sont dans votre espace privé.\n\n{link('avis:avis')}"
    )
    subject = "Un message n’avait pas pu vous arriver" if len(rows) == 1 else f"{count} n’avaient pas pu vous arriver"
    return send(rows[0].personne, key, subject, said, by=by)


def sms_non_parti(avis: Avis, *, by: Actor) -> Courriel:
    """A text message that the provider refused: the same word, by e-mail."""
    return mail(
        avis,
        f"avis.sms.{avis.pk}",
        avis.titre,
        f"{INSTEAD_OF_TEXT}\n\nLes détails sont dans votre espace privé.",
        by=by,
    )


def listed(rows: Sequence[Avis]) -> str:
    """One line each, the oldest first: « – Le 17 novembre 2026 : Un envoi n’est pas terminé »."""
    return "\n".join(f"– Le {jour(paris(row.created_at))} : {row.titre}" for row in rows)


def link(name: str) -> str:
    return ENV.base_url + reverse(name)
