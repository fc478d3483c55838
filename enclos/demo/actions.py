"""Making the demo: everything goes by the doors a real fund uses."""

import base64
import random
import tempfile
from collections import Counter
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from enclos.agents import administration
from enclos.agents.actions import thread_opened
from enclos.agents.assistance.actions import open_call
from enclos.agents.chiffres import CHANGES_FOR, SPAN
from enclos.agents.filtres import filtres_of, keep_filter
from enclos.agents.models import ChiffreDuJour
from enclos.avis import texte
from enclos.avis.actions import accept_e_documents
from enclos.bibliotheque.models import Document
from enclos.caisses.access import caisse_by_code
from enclos.caisses.actions import load_caisse, read_toml
from enclos.caisses.models import Nature, Service
from enclos.comptes import totp
from enclos.comptes.droits import agent_named, set_rights, set_role
from enclos.comptes.models import Acceptation, Compte
from enclos.demo.models import Papier, TextoRecu
from enclos.demo.papiers import print_documents
from enclos.demo.personnes import DEPOT, DOCUMENTS, DONNEES, Figurant, copy_drop, declared, figurants, write_drop
from enclos.envois.demandes import PapierVoulu, ask_papers
from enclos.envois.models import DemandePapiers
from enclos.journal.access import lines_about
from enclos.journal.actions import SYSTEM, Actor, record
from enclos.messagerie import actions as messagerie
from enclos.messagerie import brouillon
from enclos.messagerie.access import fil_of_item, threads_of
from enclos.messagerie.models import Message, Sujet
from enclos.registre.models import Personne
from enclos.socle.dates import today_paris
from enclos.socle.jours_ouvres import is_working_day
from enclos.suivi import actions as suivi
from enclos.suivi.absences import absences_to_come, note_absence
from enclos.suivi.filtres import Filtre


def install(*, by: Actor = SYSTEM) -> None:
    """Bring the demo's funds, registry and accounts to what `donnees/` says. Doing it again changes nothing.

    Raises `CommandError` when the drop has a line that the importer rejects: the demo must not ship one.
    """
    load_caisse(read_toml(DONNEES / "DCO.toml"), by=by)
    with tempfile.TemporaryDirectory(prefix="enclos-depot-") as name:
        write_drop(Path(name), today_paris())
        take(Path(name))
    for figurant in figurants().values():
        ensure_account(figurant, by=by)
    for told in declared()["demandes"]:
        ensure_request(told, by=by)
    for told in declared()["filtres"]:
        agent = account_of(figurants()[told["agent"]])
        assert agent is not None
        if not filtres_of(agent):
            keep_filter(Filtre.of(told["choix"]), nom=told["nom"], is_default=False, by=agent)
    for told in declared()["absences"]:
        agent = account_of(figurants()[told["agent"]])
        assert agent is not None
        du = today_paris() + timedelta(days=told["dans"])
        if not absences_to_come(agent):
            note_absence(agent, du=du, au=du + timedelta(days=told["jours"] - 1), by=agent)
    for told in declared()["fils"]:
        ensure_thread(told)
    for told in declared()["appels"]:
        ensure_call(told)
    for told in declared()["nouveaux_agents"]:
        ensure_proposed_agent(told)
    ensure_documents(by=by)
    ensure_figures(today_paris())


def take(folder: Path) -> None:
    """Import a drop; raises `CommandError` on a reject."""
    report = StringIO()
    try:
        call_command("importer", str(folder), pour_de_vrai=True, stdout=report, stderr=report)
    except SystemExit as end:
        if end.code:
            rejects = folder / "rejets.csv"
            raise CommandError(f"{report.getvalue()}\n{rejects.read_text() if rejects.exists() else ''}") from end


def ensure_documents(*, by: Actor) -> None:
    """Four years of documents, printed and dropped once: their dates are counted from that day, another day would make other versions."""
    if Document.objects.exclude(numero="").exists():
        return
    for ref in declared()["documents_en_ligne"]:
        accept(account_of(figurants()[ref]), by=by)
    with tempfile.TemporaryDirectory(prefix="enclos-depot-") as name:
        folder = Path(name)
        copy_drop(folder, today_paris(), [DEPOT / DOCUMENTS])
        print_documents(folder)
        take(folder)


def accept(compte: Compte | None, *, by: Actor) -> None:
    """Documents by the portal, for who has not said yes or no yet."""
    if compte is not None and not Acceptation.objects.filter(compte=compte).exists():
        accept_e_documents(compte, version=texte.VERSION, by=by)


@transaction.atomic
def ensure_account(figurant: Figurant, *, by: Actor) -> Compte:
    """The account of a demo person, made if it is not there; a password changed by a visitor stays changed."""
    if (known := account_of(figurant)) is not None:
        if figurant.is_agent:
            set_rights(known, figurant.droits, by=by)  # a demo older than the right
            set_role(known, figurant.fonction, by=by)
        return known
    if figurant.is_agent:
        caisse = caisse_by_code(figurant.caisse)
        compte = Compte(genre=Compte.Genre.AGENT, caisse=caisse, identifiant=figurant.identifiant, nom=figurant.nom)
        compte.role, compte.courriel = figurant.fonction, figurant.courriel
        compte.totp_sealed = totp.seal_secret(compte, base64.b32decode(figurant.totp))
    else:
        personne = Personne.objects.select_related("caisse").get(ref=figurant.cle)
        compte = Compte(genre=Compte.Genre.ADHERENT, caisse=personne.caisse, personne=personne, courriel=personne.email)
        compte.courriel_verifie_at = timezone.now() if personne.email else None
    compte.set_password(figurant.mot_de_passe)
    compte.save(force_insert=True)
    if figurant.is_agent:
        compte.services.set(Service.objects.filter(caisse=compte.caisse, code__in=figurant.services))
        set_rights(compte, figurant.droits, by=by)
    record("demo.compte.created", compte, by=by)
    return compte


def account_of(figurant: Figurant) -> Compte | None:
    """Their account, or None before the demo is made."""
    accounts = Compte.objects.select_related("personne")
    if figurant.is_agent:
        return accounts.filter(identifiant=figurant.identifiant).first()
    return accounts.filter(personne__ref=figurant.cle).first()


def ensure_request(told: dict[str, object], *, by: Actor) -> None:
    """Papers asked of a member, once."""
    personne = Personne.objects.select_related("caisse").get(ref=told["ref"])
    if DemandePapiers.objects.filter(personne=personne, libelle=told["libelle"]).exists():
        return
    papiers, jours = told["papiers"], told["jours"]
    assert isinstance(papiers, list)
    assert isinstance(jours, int)
    ask_papers(
        personne=personne,
        service=Service.objects.get(caisse=personne.caisse, code=told["service"]),
        libelle=str(told["libelle"]),
        message=str(told["message"]),
        papiers=[
            PapierVoulu(
                nature=Nature.objects.get(pk=papier["nature"]),
                precision=papier.get("precision", ""),
                raison=papier["raison"],
                is_indispensable=papier.get("indispensable", True),
                due_on=today_paris() + timedelta(days=papier["jours"]) if "jours" in papier else None,
            )
            for papier in papiers
        ],
        due_on=today_paris() + timedelta(days=jours),
        by=by,
    )


def ensure_call(told: dict[str, str]) -> None:
    """A member whose account an agent opened, once."""
    personne = Personne.objects.get(ref=told["ref"])
    agent = Compte.objects.get(identifiant=told["agent"])
    if not lines_about(personne).filter(event="agents.assistance.opened").exists():
        open_call(personne, raison=told["raison"], precision="", by=agent)


def ensure_proposed_agent(told: dict[str, Any]) -> None:
    """A new agent's account that waits for a second administrateur, once."""
    admin = account_of(figurants()[told["par"]])
    if admin is None or agent_named(told["identifiant"]) is not None:
        return
    services = list(Service.objects.filter(caisse=admin.caisse_id, code__in=told["services"]))
    administration.create(
        admin, identifiant=told["identifiant"], nom=told["nom"], courriel="", role=told["fonction"], services=services
    )


def ensure_figures(today: date) -> None:
    """Two months of figures, as if the teams had worked: a demo begins with nobody answered. Real days are counted by the worker."""
    chance = random.Random(1)  # noqa: S311  (the same figures each time)
    rows = []
    for service in Service.objects.order_by("pk"):
        promise = service.delai_jours_ouvres
        for back in range(CHANGES_FOR, SPAN + 30):
            day = today - timedelta(days=back)
            answered = chance.randint(4, 14) if is_working_day(day) else 0
            delays = Counter(max(0, round(chance.gauss(promise * 0.6, promise * 0.25))) for _ in range(answered))
            missing = {"LOG_QUITTANCE": chance.randint(0, 3), "EXP_RELEVE_PARCELLAIRE": chance.randint(0, 1)}
            rows.append(
                ChiffreDuJour(
                    service=service, jour=day, recues=answered + chance.randint(-2, 2) if answered else 0, terminees=answered,
                    a_temps=sum(count for days, count in delays.items() if days <= promise),
                    delais={str(days): count for days, count in delays.items()},
                    manques={code: count for code, count in missing.items() if count and answered},
                )
            )  # fmt: skip
    ChiffreDuJour.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def ensure_thread(told: dict[str, str]) -> None:
    """A message of a member, once: taken when an agent is named, and answered when there is an answer.

    None is left free: whoever tries the demo and sends a paper finds it next in the queue.
    """
    personne = Personne.objects.select_related("caisse").get(ref=told["ref"])
    if threads_of(personne, 1):
        return
    compte = Compte.objects.get(personne=personne)
    draft = brouillon.start(personne, Sujet.objects.get(pk=told["sujet"]), by=compte)
    brouillon.write(draft, told["texte"], by=compte)
    message = messagerie.submit(draft, messagerie.Attestation(attests=False, session="demo"), by=compte)
    agent = Compte.objects.get(identifiant=told["agent"])
    assert message.affaire is not None
    affaire = suivi.take(message.affaire, by=agent)
    thread_opened(affaire, fil_of_item(agent, affaire.pk).fil, by=agent)
    if "reponse" not in told:
        return
    answer = brouillon.start_in(message.fil, auteur=Message.Auteur.AGENT, by=agent)
    brouillon.write(answer, told["reponse"], by=agent)
    messagerie.reply(affaire, answer, vu=message.pk, by=agent)


def keep_paper(reference: str, pdf: bytes) -> None:
    """What came out of the demo's printer."""
    Papier.objects.get_or_create(reference=reference, defaults={"pdf": pdf})


def receive_texto(*, de: str, a: str, texte: str) -> None:
    """What the demo's telephone got."""
    TextoRecu.objects.create(de=de[:20], a=a[:20], texte=texte)
