"""One function per e-mail. None says what it is about, nor names anybody: the portal says it, once signed in."""

from django.urls import reverse

from enclos.avis.annonces import announce
from enclos.journal.actions import Actor
from enclos.suivi.models import Affaire, Genre


def transmis(affaire: Affaire, *, by: Actor) -> None:
    """Another team, or another fund, has it: the person is told (CRPA L114-2)."""
    caisse, service = affaire.caisse, affaire.service
    where = f"« {service.nom} »"
    if caisse.pk != affaire.personne.caisse_id:
        where += f", {caisse.nom} (téléphone : {caisse.telephone})"
    announce(
        affaire.personne,
        f"suivi.transmission.{affaire.pk}.{affaire.service_since:%Y%m%d%H%M%S%f}",
        evenement="transmission",
        subject=f"Votre envoi {affaire.reference} : transmis à un autre service",
        body=(
            f"Un document de votre envoi n’était pas pour le service qui l’a reçu. Nous l’avons transmis à {where}.\n\n"
            "La date de votre envoi ne change pas. Vous n’avez rien à faire."
        ),
        url=reverse("envois:envoi", args=[affaire.reference])
        if affaire.genre == Genre.DOCUMENT
        else reverse("accueil:espace"),
        by=by,
    )
