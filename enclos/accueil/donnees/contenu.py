"""Everything held about a member, as the files of one ZIP. Each app gives its own part; nothing here reads a table."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string

from enclos.accueil.donnees import lisible
from enclos.accueil.donnees.mots import TUS, en_mots, nom_abrege
from enclos.accueil.donnees.schema import FICHIERS, schema
from enclos.avis import donnees as avis
from enclos.bibliotheque import donnees as bibliotheque
from enclos.coffre.objets import stream
from enclos.coffre.storage import ObjectMissing
from enclos.comptes import donnees as comptes
from enclos.comptes.models import Compte
from enclos.courrier import donnees as courrier
from enclos.envois import donnees as envois
from enclos.inscription import donnees as inscription
from enclos.journal.access import lines_of_somebody
from enclos.journal.models import Ligne
from enclos.messagerie import donnees as messagerie
from enclos.registre import donnees as registre
from enclos.registre.models import Personne
from enclos.socle.archive import Membre
from enclos.socle.dates import paris
from enclos.socle.sealed import SealError
from enclos.suivi import donnees as suivi

type Lignes = Iterable[dict[str, Any]]
ROLES = {"adherent": "Vous", "agent": "Agent de la caisse", "visiteur": "Visiteur", "systeme": "Machine"}


def membres_of(compte: Compte, at: datetime) -> Iterator[Membre]:
    """The files of the ZIP, in the order in which they are made; long ones are never whole in memory."""
    personne = compte.personne
    assert personne is not None
    short = {
        "registre": registre.donnees_of(personne),
        "compte": comptes.donnees_of(compte),
        "preferences": avis.donnees_of(compte),
        "inscriptions": inscription.donnees_of(personne),
        "demandes": envois.demandes_of(personne),
        "notes": suivi.notes_of(personne),
        "lettres": courrier.lettres_of(personne),
    }
    context = {"at": at, "caisse": personne.caisse, "personne": personne, "fichiers": FICHIERS}
    sections = [lisible.section(name, FICHIERS[name], part) for name, part in short.items()]
    yield Membre(
        "index.html", [render_to_string("accueil/donnees/index.html", {**context, "sections": sections}).encode()]
    )
    yield Membre("schema.json", [dumped(schema())])
    for name, part in short.items():
        yield Membre(f"donnees/{name}.json", [dumped(part)])
    # Read twice each: once for machines, once for eyes.
    yield Membre("donnees/envois.json", listed(envois.donnees_of(personne)))
    yield Membre("envois.html", lisible.page("Mes envois", FICHIERS["envois"], envois.donnees_of(personne)))
    yield Membre("donnees/documents.json", listed(bibliotheque.donnees_of(personne)))
    yield Membre(
        "documents.html", lisible.page("Mes documents", FICHIERS["documents"], bibliotheque.donnees_of(personne))
    )
    yield Membre("donnees/messages.json", listed(messagerie.donnees_of(personne)))
    yield Membre("messages.html", lisible.page("Mes messages", FICHIERS["messages"], messagerie.donnees_of(personne)))
    yield Membre("donnees/suivi.json", listed(suivi.affaires_of(personne)))
    yield Membre("suivi.html", lisible.page(lisible.TITRES["suivi"], FICHIERS["suivi"], suivi.affaires_of(personne)))
    for name, rows in (("courriels", courriels_of), ("textos", textos_of), ("journal", journal_of)):
        yield Membre(f"donnees/{name}.json", listed(rows(compte, personne)))
        yield Membre(f"{name}.html", lisible.page(lisible.TITRES[name], FICHIERS[name], rows(compte, personne)))
    yield from pieces_of(personne)


def pieces_of(personne: Personne) -> Iterator[Membre]:
    """The receipts and the files, then their list. One that the vault has lost is named there, and keeps back no other."""
    given: list[dict[str, Any]] = []
    missing: list[dict[str, Any]] = []
    every: Iterator[envois.Piece | bibliotheque.Piece | messagerie.Jointe] = chain(
        envois.pieces_of(personne), bibliotheque.pieces_of(personne), messagerie.jointes_of(personne)
    )
    for piece in every:
        told = {"chemin": piece.chemin, "taille": piece.objet.taille, "sha256": piece.objet.sha256}
        try:
            pieces = stream(piece.objet)
            first = next(pieces, b"")
        except (ObjectMissing, SealError):
            missing.append(told)
            continue
        given.append(told)
        yield Membre(piece.chemin, after(first, pieces), piece.objet.taille)
    yield Membre("donnees/fichiers.json", [dumped({"fichiers": given, "manquants": missing})])


def after(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def courriels_of(compte: Compte, personne: Personne) -> Lignes:
    address = "" if comptes.is_shared(compte, "courriel") else compte.courriel
    return courrier.courriels_of(personne, address=address, since=compte.created_at)


def textos_of(compte: Compte, personne: Personne) -> Lignes:
    number = "" if comptes.is_shared(compte, "telephone") else compte.telephone
    return courrier.textos_of(personne, number=number, since=compte.created_at)


def journal_of(compte: Compte, personne: Personne) -> Lignes:
    """What was done to the member's things, by whom, and what the member did."""
    named = [("registre.personne", str(personne.pk)), *comptes.objets_of(compte), *courrier.objets_of(personne)]
    for envoi in envois.envois_of(personne):
        named.append(("envois.envoi", str(envoi.pk)))
        named += [("accuses.accuse", str(accuse.pk)) for accuse in envois.accuses_of(envoi)]
        for document in envoi.documents.all():
            named.append(("suivi.affaire", str(document.affaire_id)))
            named += [("coffre.fichier", str(page.fichier_id)) for page in document.pages.all()]
    for filed in bibliotheque.documents_of(personne):
        named.append(("bibliotheque.document", str(filed.pk)))
    named += envois.objets_of(personne)
    named += messagerie.objets_of(personne)
    lines = lines_of_somebody(sorted(set(named)), [(compte.actor_kind, compte.actor_id)], concerne=str(personne.pk))
    return (line_told(line) for line in lines if line.event not in TUS)


def line_told(line: Ligne) -> dict[str, Any]:
    return {
        "quand": line.at,
        "action": en_mots(line.event),
        "event": line.event,
        "role": ROLES.get(line.actor_kind, line.actor_kind),
        "qui": nom_abrege(line.actor_label) if line.actor_kind == "agent" else line.actor_label,
        "sur": line.object_kind,
        "details": line.details,
    }


def dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=plain).encode() + b"\n"


def listed(rows: Lignes) -> Iterator[bytes]:
    """A JSON list, a row at a time."""
    yield b"["
    for number, row in enumerate(rows):
        yield (b",\n" if number else b"\n") + json.dumps(row, ensure_ascii=False, default=plain).encode()
    yield b"\n]\n"


def plain(value: object) -> str:
    """What JSON does not know: moments with their offset in Paris, days, amounts as text, keys."""
    if isinstance(value, datetime):
        return paris(value).isoformat(timespec="seconds")
    if isinstance(value, date | Decimal | UUID):
        return value.isoformat() if isinstance(value, date) else str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")
