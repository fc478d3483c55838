"""Choosing what one is told and how documents arrive; reading what one was told."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from enclos.avis import emails, texte
from enclos.avis.access import (
    PAPIER,
    REPONSES,
    choices_of,
    end_of,
    receives_electronically,
    refuses_electronic,
    rythme_of,
)
from enclos.avis.models import Avis, ConseilEcarte, Preference, Relais, Resume, Rythme
from enclos.avis.relais import stop_letters
from enclos.avis.rythmes import reschedule
from enclos.comptes.models import Acceptation, Compte
from enclos.journal.actions import Actor, record
from enclos.registre.models import Personne
from enclos.socle.refusals import Refusal

E_DOCUMENTS = Acceptation.Texte.E_DOCUMENTS
KEPT = timedelta(days=730)
TOUS = "mes-parametres"  # the advice « Pensez à modifier vos paramètres », put aside as a whole


@transaction.atomic
def choose(
    compte: Compte,
    wanted: Mapping[tuple[str, str], bool],
    *,
    frequence: str = "",
    calme: bool | None = None,
    papier: bool | None = None,
    by: Actor,
) -> int:
    """Keep what was chosen for the events and channels given; what is locked or unknown is left as it is.

    `frequence` is one of `Rythme.Frequence`, `calme` the quiet hours of e-mails, `papier` the refusal of electronic answers
    (CRPA L112-14); "" and None leave them. Returns how many choices changed.
    """
    Compte.objects.select_for_update(no_key=True).only("pk").get(pk=compte.pk)
    before = choices_of(compte, is_electronic=receives_electronically(compte))
    changed = {key: value for key, value in wanted.items() if key in before and before[key] != value}
    for (evenement, canal), is_wanted in changed.items():
        Preference.objects.update_or_create(
            compte=compte, evenement=evenement, canal=canal, defaults={"is_wanted": is_wanted}
        )
    told: dict[str, bool | str] = {
        f"{evenement} {canal}": value for (evenement, canal), value in sorted(changed.items())
    }
    told |= choose_rythme(compte, frequence, calme)
    if papier is not None and papier != refuses_electronic(compte):
        Preference.objects.update_or_create(
            compte=compte, evenement=REPONSES, canal=PAPIER, defaults={"is_wanted": papier}
        )
        told["reponses_papier"] = papier
    if told:
        record("avis.preferences.changed", compte, by=by, choix=told)
    return len(told)


def choose_rythme(compte: Compte, frequence: str, calme: bool | None) -> dict[str, bool | str]:
    """Keep when the e-mails that can wait leave, the account's row being held; returns what changed."""
    rythme = rythme_of(compte)
    told: dict[str, bool | str] = {}
    if frequence in Rythme.Frequence.values and frequence != rythme.frequence:
        rythme.frequence = told["frequence"] = frequence
    if calme is not None and calme != rythme.calme:
        rythme.calme = told["heures_calmes"] = calme
    if told:
        rythme.save()
        reschedule(compte, rythme)
    return told


@transaction.atomic
def accept_e_documents(compte: Compte, *, version: str, by: Actor) -> Acceptation:
    """Documents arrive in the portal from now on. Raises `Refusal` when the text shown is not the one in force."""
    compte = Compte.objects.select_for_update(no_key=True, of=("self",)).select_related("caisse").get(pk=compte.pk)
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
    compte = Compte.objects.select_for_update(no_key=True, of=("self",)).select_related("caisse").get(pk=compte.pk)
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
    """The account closes: whoever registers again begins with the usual choices. What waited for a digest leaves now."""
    Rythme.objects.filter(compte=compte).delete()  # first: who tells something now holds it before the digest
    reschedule(compte, Rythme())
    forgotten = Preference.objects.filter(compte=compte).delete()[0]
    forgotten += ConseilEcarte.objects.filter(compte=compte).delete()[0]
    record("avis.preferences.forgotten", compte, by=by, choix=forgotten)


def read(avis: Avis, *, by: Actor) -> None:
    """The member opened what a notice leads to. A second time changes nothing."""
    mark(Avis.objects.filter(pk=avis.pk), by=by)


def read_all(personne: Personne, *, by: Actor) -> int:
    """« Tout marquer comme lu ». Returns how many were new."""
    return mark(Avis.objects.filter(personne=personne), by=by)


def seen(personne: Personne, url: str, *, by: Actor) -> int:
    """A page was opened: what announced it is read. Called by the views of those pages; one short question when nothing is new."""
    return mark(Avis.objects.filter(personne=personne, url=url), by=by)


def mark(rows: QuerySet[Avis], *, by: Actor) -> int:
    """Write down when the new ones among these were read, and stop the letters that would have told them. Returns how many were new."""
    new = list(rows.filter(read_at=None).select_related("relais").order_by("pk"))
    if not new:
        return 0
    now, keys = timezone.now(), [avis.pk for avis in new]
    with transaction.atomic():
        if len(keys) > 1:  # in the order of who posts the letters, so that neither waits for the other for ever
            list(
                Avis.objects.select_for_update(no_key=True, of=("self",))
                .filter(pk__in=keys)
                .order_by("pk")
                .values_list("pk")
            )
        count = Avis.objects.filter(pk__in=keys, read_at=None).update(read_at=now)
        if any(hasattr(avis, "relais") for avis in new):
            Relais.objects.open().filter(avis__in=keys, lettre=None).update(kept_at=now, next_at=None)
            stop_letters(keys, by=by)
        if count:
            record("avis.avis.read", new[0], by=by, avis=count)
    return count


def forget_old() -> int:
    """Notices told two years ago; returns how many. What they announced has a life of its own."""
    old = Avis.objects.filter(created_at__lt=timezone.now() - KEPT).exclude(relais__in=Relais.objects.open())
    keys = list(old.order_by("created_at").values_list("pk", flat=True)[:1000])
    with transaction.atomic():
        # In the order of who reads them all.
        list(
            Avis.objects.select_for_update(no_key=True, of=("self",))
            .filter(pk__in=keys)
            .order_by("pk")
            .values_list("pk")
        )
        Avis.objects.filter(pk__in=keys).delete()
    Resume.objects.filter(gathered_at__lt=timezone.now() - KEPT).delete()
    return len(keys)
