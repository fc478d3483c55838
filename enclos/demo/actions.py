"""Making the demo: everything goes by the doors a real fund uses."""

import base64
import tempfile
from datetime import timedelta
from io import StringIO
from pathlib import Path

from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from enclos.agents.assistance.actions import open_call
from enclos.agents.filtres import filtres_of, keep_filter
from enclos.caisses.access import caisse_by_code
from enclos.caisses.actions import load_caisse, read_toml
from enclos.caisses.models import Nature, Service
from enclos.comptes import totp
from enclos.comptes.droits import set_rights
from enclos.comptes.models import Compte
from enclos.demo.models import Papier, TextoRecu
from enclos.demo.personnes import DONNEES, Figurant, declared, figurants, write_drop
from enclos.envois.demandes import ask_papers
from enclos.envois.models import DemandePapiers
from enclos.journal.access import lines_about
from enclos.journal.actions import SYSTEM, Actor, record
from enclos.messagerie import actions as messagerie
from enclos.messagerie import brouillon
from enclos.messagerie.access import threads_of
from enclos.messagerie.models import Message, Sujet
from enclos.registre.models import Personne
from enclos.socle.dates import today_paris
from enclos.suivi import actions as suivi
from enclos.suivi.absences import absences_to_come, note_absence
from enclos.suivi.filtres import Filtre


def install(*, by: Actor = SYSTEM) -> None:
    """Bring the demo's funds, registry and accounts to what `donnees/` says. Doing it again changes nothing.

    Raises `CommandError` when the drop has a line that the importer rejects: the demo must not ship one.
    """
    load_caisse(read_toml(DONNEES / "DCO.toml"), by=by)
    with tempfile.TemporaryDirectory(prefix="enclos-depot-") as name:
        folder = Path(name)
        write_drop(folder, today_paris())
        report = StringIO()
        try:
            call_command("importer", str(folder), pour_de_vrai=True, stdout=report, stderr=report)
        except SystemExit as end:
            if end.code:
                rejects = folder / "rejets.csv"
                raise CommandError(f"{report.getvalue()}\n{rejects.read_text() if rejects.exists() else ''}") from end
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


@transaction.atomic
def ensure_account(figurant: Figurant, *, by: Actor) -> Compte:
    """The account of a demo person, made if it is not there; a password changed by a visitor stays changed."""
    if (known := account_of(figurant)) is not None:
        if figurant.is_agent:
            set_rights(known, figurant.droits, by=by)  # a demo older than the right
        return known
    if figurant.is_agent:
        caisse = caisse_by_code(figurant.caisse)
        compte = Compte(genre=Compte.Genre.AGENT, caisse=caisse, identifiant=figurant.identifiant, nom=figurant.nom)
        compte.role = figurant.fonction
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
        papiers=[(Nature.objects.get(pk=code), precision) for code, precision in papiers],
        due_on=today_paris() + timedelta(days=jours),
        by=by,
    )


def ensure_call(told: dict[str, str]) -> None:
    """A member whose account an agent opened, once."""
    personne = Personne.objects.get(ref=told["ref"])
    agent = Compte.objects.get(identifiant=told["agent"])
    if not lines_about(personne).filter(event="agents.assistance.opened").exists():
        open_call(personne, raison=told["raison"], precision="", by=agent)


@transaction.atomic
def ensure_thread(told: dict[str, str]) -> None:
    """A message of a member, answered when an agent is named, once."""
    personne = Personne.objects.select_related("caisse").get(ref=told["ref"])
    if threads_of(personne, 1):
        return
    compte = Compte.objects.get(personne=personne)
    draft = brouillon.start(personne, Sujet.objects.get(pk=told["sujet"]), by=compte)
    brouillon.write(draft, told["texte"], by=compte)
    message = messagerie.submit(draft, messagerie.Attestation(attests=False, session="demo"), by=compte)
    if "agent" not in told:
        return
    agent = Compte.objects.get(identifiant=told["agent"])
    assert message.affaire is not None
    affaire = suivi.take(message.affaire, by=agent)
    messagerie.read_by_agent(message.fil, by=agent)
    answer = brouillon.start_in(message.fil, auteur=Message.Auteur.AGENT, by=agent)
    brouillon.write(answer, told["reponse"], by=agent)
    messagerie.reply(affaire, answer, vu=message.pk, by=agent)


def keep_paper(reference: str, pdf: bytes) -> None:
    """What came out of the demo's printer."""
    Papier.objects.get_or_create(reference=reference, defaults={"pdf": pdf})


def receive_texto(*, de: str, a: str, texte: str) -> None:
    """What the demo's telephone got."""
    TextoRecu.objects.create(de=de[:20], a=a[:20], texte=texte)
