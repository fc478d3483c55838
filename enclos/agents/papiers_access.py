"""Which lists of papers an agent may see, and what may be proposed for one."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.http import Http404

from enclos.agents.access import OTHERS_SHOWN
from enclos.bibliotheque.models import Document, Feuillet
from enclos.comptes.models import Compte
from enclos.envois.access import unusable_page, whole_requests
from enclos.envois.models import DemandePapiers
from enclos.journal.references import normalise
from enclos.suivi.access import affaire_for
from enclos.suivi.models import Affaire, Genre


def demande_for(agent: Compte, reference: str) -> DemandePapiers:
    """A list of papers of one of the agent's teams, or whose item was sent to one of them, whole; raises `Http404` for any other."""
    demande = demande_of_fund(agent, reference)
    if demande is None or not (
        agent.services.filter(pk=demande.service_id).exists()
        or Affaire.objects.for_agent(agent).filter(relances_papiers=demande).exists()
    ):
        raise Http404
    return demande


def demande_of_fund(agent: Compte, reference: str) -> DemandePapiers | None:
    """The list that a sheet names, in the agent's fund: who opens the mail is not always of the team that asked."""
    rows = whole_requests().select_related("personne__compte", "personne__caisse")
    return rows.filter(caisse=agent.caisse_id, reference=normalise(reference)).first()


def demande_of_item(agent: Compte, pk: UUID) -> DemandePapiers:
    """The list that an item of the agent's teams is about; raises `Http404` for any other item."""
    affaire = affaire_for(agent, pk)
    demande = DemandePapiers.objects.filter(relance=affaire).first() if affaire.genre == Genre.PAPIERS else None
    if demande is None:
        raise Http404
    return demande


def proposable_to(demande: DemandePapiers) -> Sequence[Document]:
    """What the fund has of this member, as files that can be given again; the latest."""
    sheets = Feuillet.objects.filter(document=OuterRef("pk"))
    rows = Document.objects.of(demande.personne).filter(
        Exists(sheets.filter(fichier__isnull=False)), ~Exists(sheets.filter(unusable_page()))
    )
    return list(rows.latest_first()[:OTHERS_SHOWN])


def proposable_one(demande: DemandePapiers, cle: str) -> Document:
    """One of these; raises `Http404`."""
    for document in proposable_to(demande):
        if str(document.pk) == cle:
            return document
    raise Http404
