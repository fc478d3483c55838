"""The agents' bench at work: papers and messages of the weeks before, through the same actions as real ones.

What cannot wait is already in the hands of colleagues. What is free is promised for far later than any paper sent now: whoever tries the
demo, sends a paper and presses « Prendre le suivant » gets that very paper.
"""

import tomllib
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.core.management import CommandError
from django.db import transaction
from django.utils import timezone

from enclos.agents import actions as agents
from enclos.agents.access import papier_for
from enclos.caisses.access import caisse_by_code
from enclos.caisses.models import Nature, Service
from enclos.coffre.uploads import SealedUpload, SealingUploadHandler
from enclos.comptes.models import Compte, Role
from enclos.demo import horloge
from enclos.demo.papiers import print_sent
from enclos.demo.personnes import DONNEES
from enclos.envois import actions as envois
from enclos.envois import brouillon
from enclos.envois.models import DocumentEnvoye, Envoi
from enclos.journal.actions import Actor, record
from enclos.journal.models import Sceau
from enclos.journal.scellement import seal_due
from enclos.messagerie import actions as messagerie
from enclos.messagerie import brouillon as lettres
from enclos.messagerie.models import Sujet
from enclos.registre.models import Personne
from enclos.socle.dates import paris
from enclos.socle.jours_ouvres import add_working_days, is_working_day
from enclos.suivi import actions as suivi
from enclos.suivi.models import Affaire, Refus


@cache
def declared() -> dict[str, Any]:
    return tomllib.loads((DONNEES / "banc.toml").read_text(encoding="utf-8"))


def fill(*, by: Actor) -> None:
    """Put the bench to work, once, with the inspection process at hand.

    Nothing in a demo whose journal has sealed days: a line written there afterwards would be a false alarm, and rightly so.
    """
    if Compte.objects.filter(identifiant=declared()["collegues"][0]["identifiant"]).exists() or Sceau.objects.exists():
        return
    with transaction.atomic():
        colleagues = {told["identifiant"]: colleague(told, by=by) for told in declared()["collegues"]}
        now = timezone.now()
        acts = [(told["recu"], send, told) for told in declared()["envois"]]
        acts += [(told["recu"], write, told) for told in declared()["messages"]]
        for _, act, told in sorted(acts, key=lambda one: -one[0]):
            act(told, colleagues, now, by=by)
    # Weeks at once: the worker would seal them in several sweeps, and reconciliation would be worried meanwhile.
    while seal_due():
        pass


def colleague(told: dict[str, Any], *, by: Actor) -> Compte:
    """An agent who works and whom nobody can be: without a password nor a code."""
    caisse = caisse_by_code("NPC")
    compte = Compte(
        genre=Compte.Genre.AGENT,
        caisse=caisse,
        identifiant=told["identifiant"],
        nom=told["nom"],
        role=Role.GESTIONNAIRE,
    )
    compte.set_unusable_password()
    compte.save(force_insert=True)
    compte.services.set(Service.objects.filter(caisse=caisse, code__in=told["services"]))
    record("demo.compte.created", compte, by=by)
    return compte


def member(ref: str, *, by: Actor) -> Compte:
    """The account of somebody who sends and whom nobody can be."""
    known = Compte.objects.select_related("personne__caisse").filter(personne__ref=ref).first()
    if known is not None:
        return known
    personne = Personne.objects.select_related("caisse").get(ref=ref)
    compte = Compte(
        genre=Compte.Genre.ADHERENT, caisse=personne.caisse, personne=personne, courriel=personne.email,
        courriel_verifie_at=timezone.now(),
    )  # fmt: skip
    compte.set_unusable_password()
    compte.save(force_insert=True)
    record("demo.compte.created", compte, by=by)
    return compte


def days_before(now: datetime, days: int, *, hour: int) -> datetime:
    """So many days before, at that hour; a working day, for a team works then. Today: some minutes ago, whatever the hour."""
    if not days:
        return now - timedelta(minutes=60 - hour)
    moment = paris(now - timedelta(days=days))
    while not is_working_day(moment.date()):
        moment -= timedelta(days=1)
    return moment.replace(hour=hour, minute=12)


def send(told: dict[str, Any], colleagues: dict[str, Compte], now: datetime, *, by: Actor) -> None:
    """One sending by the six steps, and what became of each of its documents."""
    received = days_before(now, told["recu"], hour=8)
    with horloge.on(received):
        compte = member(told["ref"], by=by)
        envoi = sent(compte, [one["nature"] for one in told["documents"]], received)
    documents = DocumentEnvoye.objects.filter(envoi=envoi).select_related("affaire").order_by("rang")
    for document, one in zip(documents, told["documents"], strict=True):
        assert document.affaire is not None
        follow(document.affaire, one, colleagues[one["agent"]], received, now)


def sent(compte: Compte, natures: list[str], at: datetime) -> Envoi:
    """A sending of one printed file for each nature."""
    personne = compte.personne
    assert personne is not None
    envoi = brouillon.start(personne, demande=None, by=compte)
    envoi.personne = personne
    for document, code in zip(brouillon.set_count(envoi, len(natures), by=compte), natures, strict=True):
        nature = Nature.objects.get(pk=code)
        document.envoi = envoi
        brouillon.describe(
            document,
            {
                "nature": nature,
                "concerne": DocumentEnvoye.Concerne.MOI,
                "concerne_nom": personne.nom_complet,
                "motif_id": "nouvelle_demande" if nature.is_request else "complement_dossier",
            },
            by=compte,
        )
        upload = uploaded(print_sent(nature, personne, declared()["papiers"][code], at), f"{code.lower()}.pdf")
        try:
            outcome = brouillon.add_files(document, [upload], by=compte)
        finally:
            upload.close()
        if outcome.refused:
            raise CommandError(f"{code} : {outcome.refused[0].phrase}")
    return envois.submit(envoi, envois.Attestation(is_medical=False, session="demo"), by=compte)


def uploaded(data: bytes, name: str) -> SealedUpload:
    """A file as a request receives it."""
    handler = SealingUploadHandler()
    handler.new_file("fichiers", name, "application/pdf", None)
    handler.receive_data_chunk(data, 0)
    return handler.file_complete(len(data))


def write(told: dict[str, Any], colleagues: dict[str, Compte], now: datetime, *, by: Actor) -> None:
    """A message, and what became of it."""
    received = days_before(now, told["recu"], hour=8)
    with horloge.on(received):
        compte = member(told["ref"], by=by)
        assert compte.personne is not None
        draft = lettres.start(compte.personne, Sujet.objects.get(pk=told["sujet"]), by=compte)
        lettres.write(draft, told["texte"], by=compte)
        message = messagerie.submit(draft, messagerie.Attestation(attests=False, session="demo"), by=compte)
    assert message.affaire is not None
    follow(message.affaire, told, colleagues[told["agent"]], received, now)


def follow(affaire: Affaire, told: dict[str, Any], agent: Compte, received: datetime, now: datetime) -> None:
    """What the team did of an item."""
    if told["suite"] == "libre":
        with horloge.on(received + timedelta(hours=1)):
            held = suivi.take(affaire, by=agent)
            suivi.promise_again(held, due_on=add_working_days(paris(now).date(), told["promis"]), by=agent)
            suivi.release(held, by=agent)
        return
    with horloge.on(days_before(now, told.get("pris", told.get("decide", 0)), hour=9)):
        held = suivi.take(affaire, by=agent)
    if told["suite"] == "pris":
        return
    with horloge.on(days_before(now, told["decide"], hour=10)):
        papier = papier_for(agent, affaire.pk)
        agents.opened(papier, by=agent)
        if told["suite"] == "refuse":
            agents.refuse(papier, refus=Refus.INCOMPLET, reponse=told["reponse"], by=agent)
        else:
            agents.settle(papier, reponse=told.get("reponse", ""), by=agent)
