"""Choosing what one is told, and how documents arrive."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from enclos.avis import emails, texte
from enclos.avis.access import choices_of, end_of
from enclos.avis.models import ConseilEcarte, Preference
from enclos.comptes.models import Acceptation, Compte
from enclos.journal.actions import Actor, record
from enclos.socle.refusals import Refusal

E_DOCUMENTS = Acceptation.Texte.E_DOCUMENTS
TOUS = "mes-parametres"  # the advice « Pensez à modifier vos paramètres », put aside as a whole


@transaction.atomic
def choose(compte: Compte, wanted: Mapping[tuple[str, str], bool], *, by: Actor) -> int:
    """Keep what was chosen for the events and channels given; what is locked or unknown is left as it is.

    Returns how many choices changed.
    """
    Compte.objects.select_for_update().only("pk").get(pk=compte.pk)
    before = choices_of(compte)
    changed = {key: value for key, value in wanted.items() if key in before and before[key] != value}
    for (evenement, canal), is_wanted in changed.items():
        Preference.objects.update_or_create(
            compte=compte, evenement=evenement, canal=canal, defaults={"is_wanted": is_wanted}
        )
    if changed:
        record(
            "avis.preferences.changed",
            compte,
            by=by,
            choix={f"{evenement} {canal}": value for (evenement, canal), value in sorted(changed.items())},
        )
    return len(changed)


@transaction.atomic
def accept_e_documents(compte: Compte, *, version: str, by: Actor) -> Acceptation:
    """Documents arrive in the portal from now on. Raises `Refusal` when the text shown is not the one in force."""
    compte = Compte.objects.select_for_update(of=("self",)).select_related("caisse").get(pk=compte.pk)
    if version != texte.VERSION:
        raise Refusal("Le texte a changé pendant que vous le lisiez. Relisez-le, puis acceptez-le.", code="version")
    if not compte.is_confirmed:  # a thief would stop the letters that give them away
        raise Refusal("Confirmez d’abord votre compte, avec le code de la lettre.", code="niveau")
    if not compte.courriel_verifie_at:
        raise Refusal(
            "Pour recevoir vos documents ici, il faut d’abord une adresse e-mail vérifiée : c’est elle qui vous prévient.",
            code="courriel",
        )
    in_force = Acceptation.objects.filter(compte=compte, texte=E_DOCUMENTS, withdrawn_at=None).first()
    if in_force is not None:
        return in_force  # a double click
    acceptation = Acceptation.objects.create(
        compte=compte, texte=E_DOCUMENTS, version=texte.VERSION, sha256=texte.SHA256
    )
    record("avis.e_documents.accepted", compte, by=by, version=texte.VERSION, sha256=texte.SHA256)
    emails.e_documents_acceptes(compte, acceptation, by=by)
    return acceptation


@transaction.atomic
def withdraw_e_documents(compte: Compte, *, by: Actor) -> Acceptation | None:
    """Back to paper, once the notice is over. Returns what was taken back, None when nothing was in force."""
    compte = Compte.objects.select_for_update(of=("self",)).select_related("caisse").get(pk=compte.pk)
    acceptation = Acceptation.objects.filter(compte=compte, texte=E_DOCUMENTS, withdrawn_at=None).first()
    if acceptation is None:
        return None
    acceptation.withdrawn_at = timezone.now()
    acceptation.save(update_fields=["withdrawn_at"])
    end = end_of(acceptation)
    assert end is not None
    record("avis.e_documents.withdrawn", compte, by=by, version=acceptation.version, papier_le=end.isoformat())
    emails.e_documents_retires(compte, acceptation, end, by=by)
    return acceptation


@transaction.atomic
def put_advice_aside(compte: Compte, *, by: Actor) -> None:
    """The home page does not suggest it again."""
    _, is_new = ConseilEcarte.objects.get_or_create(compte=compte, conseil=TOUS)
    if is_new:
        record("avis.conseil.dismissed", compte, by=by)


@transaction.atomic
def forget_choices(compte: Compte, *, by: Actor) -> None:
    """The account closes: whoever registers again begins with the usual choices."""
    forgotten = Preference.objects.filter(compte=compte).delete()[0]
    forgotten += ConseilEcarte.objects.filter(compte=compte).delete()[0]
    record("avis.preferences.forgotten", compte, by=by, choix=forgotten)
