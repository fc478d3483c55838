"""One function per e-mail. None says what it is about, nor names anybody: the portal says it, once signed in."""

from django.urls import reverse

from enclos.avis.annonces import announce
from enclos.journal.actions import Actor
from enclos.suivi.models import Affaire


def transmis(affaire: Affaire, *, by: Actor) -> None:
    """Another team, or another fund, has it: the person is told (CRPA L114-2)."""
    caisse, service = affaire.caisse, affaire.service
    where, quoi = f"« {service.nom} »", "envoi" if affaire.is_document else "message"
    if caisse.pk != affaire.personne.caisse_id:
        where += f", {caisse.nom} (téléphone : {caisse.telephone})"
    announce(
        affaire.personne,
        f"suivi.transmission.{affaire.pk}.{affaire.service_since:%Y%m%d%H%M%S%f}",
        evenement="transmission",
        subject=f"Votre {quoi} {affaire.reference} : transmis à un autre service",
        body=(
            f"{'Un document de votre envoi' if affaire.is_document else 'Votre message'} n’était pas pour le service qui l’a reçu. "
            f"Nous l’avons transmis à {where}.\n\nLa date de votre {quoi} ne change pas. Vous n’avez rien à faire."
        ),
        url=reverse("envois:envoi" if affaire.is_document else "messagerie:fil", args=[affaire.reference]),
        by=by,
    )
