"""One function per e-mail. None says what was sent, nor names anybody: the portal says it, once signed in.

Each names its event: `avis` knows whether the member wants it, by e-mail and by text message.
"""

from collections.abc import Sequence
from datetime import date

from django.urls import reverse

from enclos.avis.annonces import announce, is_online
from enclos.envois.attente import combien, de_combien
from enclos.envois.lettre import needs_letter, write_answer
from enclos.envois.models import DemandePapiers, DocumentEnvoye, Envoi, PapierDemande
from enclos.journal.actions import Actor
from enclos.socle.dates import jour, moment, paris
from enclos.suivi.models import Affaire


def about_sending(envoi: Envoi, event: str, *, subject: str, body: str, by: Actor) -> None:
    """To the address used for the sending (CRPA R112-11-3), with the way to its page."""
    announce(
        envoi.personne,
        f"envois.{event}.{envoi.reference}",
        evenement="envoi-recu",
        subject=subject,
        body=body,
        url=reverse("envois:envoi", args=[envoi.reference]),
        to=str(envoi.sender.get("courriel", "")),
        reference=envoi.reference,
        by=by,
    )


PAR_LA_POSTE = "Votre compte en ligne est fermé : vous recevez la réponse par la poste."


def envoi_recu(envoi: Envoi, *, by: Actor) -> None:
    """The accusé de réception is there."""
    assert envoi.submitted_at is not None
    about_sending(
        envoi,
        "recu",
        subject=f"Nous avons bien reçu votre envoi {envoi.reference}",
        body=(
            f"Nous avons reçu votre envoi {envoi.reference} le {moment(envoi.submitted_at)}.\n\n"
            "Votre accusé de réception vous attend dans votre espace privé. Gardez-le : il prouve la date de votre envoi. "
            "Vous n’avez rien d’autre à faire."
        ),
        by=by,
    )


def envoi_enregistre(envoi: Envoi, *, by: Actor) -> None:
    """The accusé d’enregistrement: the files are still being scanned."""
    assert envoi.submitted_at is not None
    about_sending(
        envoi,
        "enregistre",
        subject=f"Votre envoi {envoi.reference} est enregistré",
        body=(
            f"Votre envoi {envoi.reference} est enregistré depuis le {moment(envoi.submitted_at)}. "
            "Cette date est celle qui compte.\n\n"
            "Nous vérifions encore vos fichiers. Dès que c’est fini, un autre e-mail vous dit que votre accusé de réception est prêt. "
            "Vous n’avez rien à faire."
        ),
        by=by,
    )


def fichier_dangereux(envoi: Envoi, *, by: Actor) -> None:
    """The antivirus found something after the sending."""
    about_sending(
        envoi,
        "dangereux",
        subject=f"Un fichier de votre envoi {envoi.reference} n’a pas pu être gardé",
        body=(
            "Notre antivirus a trouvé un danger dans un de vos fichiers : nous ne l’avons pas gardé. "
            "Les autres sont bien arrivés.\n\n"
            "Votre espace privé dit lequel, et comment le renvoyer sans risque."
        ),
        by=by,
    )


def document_medical(document: DocumentEnvoye, *, by: Actor) -> None:
    """An agent took a medical paper out of sight: each of a sending is told by itself."""
    envoi = document.envoi
    about_sending(
        envoi,
        f"poste-{document.rang}",
        subject=f"Votre envoi {envoi.reference} : un document est à envoyer par la poste",
        body=(
            "Un document de votre envoi doit nous parvenir par la poste, sous enveloppe fermée. "
            "Nous l’avons retiré de votre espace.\n\n"
            "L’adresse et la page à joindre sont dans votre espace privé."
        ),
        by=by,
    )


def decision_rendue(affaire: Affaire, *, by: Actor) -> None:
    """An agent settled or refused a document; a decision taken again after second thoughts is told again."""
    assert affaire.ended_at is not None
    lettre = write_answer(affaire, by=by)
    where = (
        "Sa réponse part par la poste, comme vous l’avez demandé. Elle est aussi dans votre espace privé."
        if lettre
        else "Sa réponse est dans votre espace privé."
    )
    announce(
        affaire.personne,
        f"envois.decision.{affaire.pk}.{affaire.ended_at:%Y%m%d%H%M%S}",
        evenement="decision",
        subject=f"Votre envoi {affaire.reference} : un agent a répondu",
        body=(
            f"Un agent a lu un document de votre envoi. {where}"
            if is_online(affaire.personne)
            else f"Un agent a lu un document de votre envoi. {PAR_LA_POSTE}"
        ),
        url=reverse("envois:envoi", args=[affaire.reference]),
        reference=affaire.reference,
        by_post=False if lettre else None,
        by=by,
    )


def told_where(demande: DemandePapiers, online: str) -> str:
    """What an e-mail says of the way to answer: the portal, or the letter for who does not read it."""
    return (
        "Vous recevez la liste par la poste, avec la page à joindre à vos papiers."
        if needs_letter(demande.personne)
        else online
    )


def asked_by(demande: DemandePapiers) -> str:
    """Who asks, when it is not the member's own fund, whose name signs the e-mail."""
    return f"\n\nDemandé par {demande.ailleurs}." if demande.ailleurs else ""


def about_papers(
    demande: DemandePapiers,
    event: str,
    evenement: str,
    *,
    subject: str,
    body: str,
    has_letter: bool = False,
    by: Actor,
) -> None:
    """With the way to the list. `has_letter`: the list leaves on paper too where it must, no other letter has to tell of it."""
    announce(
        demande.personne,
        f"envois.{event}.{demande.reference}",
        evenement=evenement,
        subject=subject,
        body=body + asked_by(demande),
        url=reverse("envois:papiers", args=[demande.reference]),
        reference=demande.reference,
        by_post=False if has_letter and needs_letter(demande.personne) else None,
        by=by,
    )


def stamp(papier: PapierDemande) -> str:
    """One key for each time that something happens to one paper."""
    return f"{papier.rang}.{papier.etat_at:%Y%m%d%H%M%S}"


def papiers_demandes(demande: DemandePapiers, *, by: Actor) -> None:
    """The fund needs papers."""
    announce(
        demande.personne,
        f"envois.demande.{demande.reference}",
        evenement="papiers-demandes",
        subject=f"Nous avons besoin {de_combien(demande.manquants)} pour avancer",
        body=(
            f"Pour traiter votre dossier, il nous manque {demande.attente}.\n\n"
            + told_where(
                demande,
                "La liste est dans votre espace privé. Une photo prise avec un téléphone suffit, ou un papier que vous nous avez déjà donné.",
            )
            if is_online(demande.personne)
            else f"Un agent a besoin {de_combien(demande.manquants)} pour traiter votre dossier. {PAR_LA_POSTE}"
        )
        + asked_by(demande),
        url=reverse("envois:papiers", args=[demande.reference]),
        reference=demande.reference,
        by_post=False if needs_letter(demande.personne) else None,
        by=by,
    )


def due_then(demande: DemandePapiers, due_on: date) -> Sequence[PapierDemande]:
    """What the member has to give that day; all of it when nothing has that very date."""
    return [papier for papier in demande.a_donner if papier.due_on == due_on] or demande.a_donner


def waited(papiers: Sequence[PapierDemande]) -> str:
    """« Un papier est attendu », « 2 papiers sont attendus »."""
    return f"{combien(papiers)} sont attendus" if len(papiers) > 1 else "Un papier est attendu"


def papiers_bientot(demande: DemandePapiers, due_on: date, *, by: Actor) -> None:
    """The date comes near."""
    papiers = due_then(demande, due_on)
    about_papers(
        demande,
        f"demande-rappel.{due_on:%Y%m%d}",
        "papiers-rappel",
        subject=f"{waited(papiers)} avant le {jour(due_on)}",
        body=f"Nous attendons encore {combien(papiers)} avant le {jour(due_on)}.\n\n"
        + (
            "La liste est dans votre espace privé. Une photo prise avec un téléphone suffit."
            if is_online(demande.personne)
            else f"Envoyez-{'les' if len(papiers) > 1 else 'le'} par la poste."
        ),
        by=by,
    )


def papiers_demain(demande: DemandePapiers, due_on: date, *, by: Actor) -> None:
    """The day before; the very day, when nothing could leave before. Never « demain »: it may be read, or ring, a day later."""
    papiers = due_then(demande, due_on)
    about_papers(
        demande,
        f"demande-veille.{due_on:%Y%m%d}",
        "papiers-rappel",
        subject=f"{waited(papiers)} au plus tard le {jour(due_on)}",
        body=(
            f"Nous attendons encore {combien(papiers)}. Le délai finit le {jour(due_on)} à minuit.\n\n"
            f"Vous n’avez pas {'un de ces papiers' if len(papiers) > 1 else 'ce papier'} ? Dites-le-nous : un agent vous répond."
        ),
        by=by,
    )


def papiers_depasses(demande: DemandePapiers, papiers: Sequence[PapierDemande], *, by: Actor) -> None:
    """The date went by: what happens now, in plain words."""
    due_on = max(papier.due_on for papier in papiers)
    unread = [papier for papier in papiers if papier.is_mot_a_lire]
    goes_on = (
        "Un agent reprend votre dossier et décide de la suite. Vous pouvez encore envoyer ce qui manque : faites-le vite."
        if any(papier.is_indispensable for papier in papiers)
        else "Nous continuons à traiter votre dossier. Vous pouvez encore envoyer ce qui manque."
    )
    about_papers(
        demande,
        f"demande-passee.{due_on:%Y%m%d}",
        "papiers-rappel",
        subject="Le délai pour envoyer un papier est passé"
        if len(papiers) == 1
        else f"Le délai pour envoyer {combien(papiers)} est passé",
        body=(
            f"Nous n’avons pas reçu {combien(papiers)}, {'attendus' if len(papiers) > 1 else 'attendu'} avant le {jour(due_on)}.\n\n"
            + ("Un agent n’a pas encore répondu à votre mot : il le lit en premier.\n\n" if unread else "")
            + goes_on
        ),
        by=by,
    )


def papiers_prolonges(demande: DemandePapiers, *, by: Actor) -> None:
    """More time."""
    about_papers(
        demande,
        f"demande-prolongee.{demande.due_on:%Y%m%d}",
        "papiers-demandes",
        subject=f"Vous avez jusqu’au {jour(demande.due_on)} pour envoyer vos papiers",
        body=f"Un agent vous laisse plus de temps. {waited(demande.manquants)} avant le {jour(demande.due_on)}.\n\nLa liste est dans votre espace privé.",
        has_letter=True,
        by=by,
    )


def papier_retire(papier: PapierDemande, *, by: Actor) -> None:
    """One paper less."""
    about_papers(
        papier.demande,
        f"papier-retire.{stamp(papier)}",
        "papiers-demandes",
        subject="Un papier n’est plus demandé",
        body="Un agent n’a plus besoin d’un des papiers de la liste. Vous n’avez rien à faire pour celui-là. S’il en manque d’autres, nous les attendons toujours.",
        by=by,
    )


def papier_a_refaire(papier: PapierDemande, *, by: Actor) -> None:
    """What came will not do."""
    about_papers(
        papier.demande,
        f"papier-refaire.{stamp(papier)}",
        "papiers-demandes",
        subject="Un papier est à refaire",
        body=(
            f"Un papier reçu ne convient pas. Nous l’attendons de nouveau avant le {jour(papier.due_on)}.\n\n"
            + told_where(papier.demande, "Votre espace privé dit lequel, et pourquoi.")
        ),
        has_letter=True,
        by=by,
    )


def papier_explique(papier: PapierDemande, *, by: Actor) -> None:
    """« Je n’ai pas ce papier » has its answer."""
    about_papers(
        papier.demande,
        f"papier-explique.{stamp(papier)}",
        "papiers-demandes",
        subject="Un agent a répondu à votre mot sur un papier",
        body="Vous nous avez écrit que vous n’avez pas un papier. Un agent vous explique comment l’avoir, dans votre espace privé.",
        by=by,
    )


def papier_propose(papier: PapierDemande, *, by: Actor) -> None:
    """The fund found it among what it holds."""
    about_papers(
        papier.demande,
        f"papier-propose.{stamp(papier)}",
        "papiers-demandes",
        subject="Nous avons peut-être déjà un papier que nous vous demandons",
        body="Un agent a retrouvé un document qui peut convenir. Dites-nous oui dans votre espace privé : deux clics suffisent.",
        by=by,
    )


def papiers_recus_par_la_poste(demande: DemandePapiers, papiers: Sequence[PapierDemande], *, by: Actor) -> None:
    """What was posted has arrived."""
    received_on = papiers[0].recu_on
    assert received_on is not None
    about_papers(
        demande,
        f"papiers-poste.{stamp(papiers[0])}",
        "papiers-demandes",
        subject=(
            "Le papier que vous avez posté est arrivé"
            if len(papiers) == 1
            else f"Les {combien(papiers)} que vous avez postés sont arrivés"
        ),
        body=f"Nous avons reçu par la poste, le {jour(received_on)}, {combien(papiers)} de la liste demandée. Votre espace privé dit {'lesquels' if len(papiers) > 1 else 'lequel'}.",
        by=by,
    )


def brouillon_bientot_efface(envoi: Envoi, *, by: Actor) -> None:
    """A draft was forgotten: it is not sent, and will be thrown away."""
    announce(
        envoi.personne,
        f"envois.brouillon.{envoi.reference}",
        evenement="brouillon",
        subject="Un envoi n’est pas terminé",
        body=(
            "Vous avez commencé un envoi : il n’est pas encore parti. "
            f"Nous le gardons jusqu’au {jour(paris(envoi.expires_at))}, puis il sera effacé.\n\n"
            "Pour le finir et l’envoyer, ouvrez votre espace privé."
        ),
        url=reverse("accueil:espace"),
        by=by,
    )
