"""Papers the fund asks for: whoever stands above opens a request here, and sendings answer it."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from enclos.caisses.models import Nature, Service
from enclos.envois import emails
from enclos.envois.models import DemandePapiers, PapierDemande
from enclos.journal.actions import Actor, record
from enclos.registre.models import Personne
from enclos.socle.dates import today_paris
from enclos.socle.refusals import Refusal
from enclos.suivi.models import Affaire


@transaction.atomic
def ask_papers(
    *,
    personne: Personne,
    service: Service,
    libelle: str,
    papiers: Sequence[tuple[Nature, str]],
    due_on: date,
    message: str,
    affaire: Affaire | None = None,
    by: Actor,
) -> DemandePapiers:
    """Ask a member for a numbered, dated list of papers, and tell them (CRPA L114-5, R112-11-4).

    `affaire` is the document that they complete, if there is one: the member reads there what is missing.

    Raises `Refusal` on an empty list, a date that is not to come, or a paper that must not go through the portal.
    """
    if not papiers:
        raise Refusal("Dites quel papier il manque : la liste ne peut pas être vide.", code="liste_vide")
    if due_on <= today_paris():
        raise Refusal("La date limite doit être à venir.", code="date_passee")
    by_post = [nature.libelle for nature, _ in papiers if nature.is_medical]
    if by_post:
        raise Refusal(f"« {by_post[0]} » est médical : il se demande par la poste.", code="medical")
    demande = DemandePapiers.objects.create(
        caisse_id=personne.caisse_id,
        service=service,
        personne=personne,
        affaire=affaire,
        libelle=libelle,
        message=message.strip(),
        due_on=due_on,
        asked_by=by.actor_label,
    )
    PapierDemande.objects.bulk_create(
        PapierDemande(demande=demande, rang=rang, nature=nature, precision=precision.strip())
        for rang, (nature, precision) in enumerate(papiers, start=1)
    )
    record("envois.demande.opened", demande, by=by, reference=demande.reference, papiers=len(papiers))
    emails.papiers_demandes(demande, by=by)
    return demande
