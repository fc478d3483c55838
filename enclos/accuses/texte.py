"""The words of a receipt, frozen the day it is issued.

The screen and the paper both show this and nothing else: whatever the code becomes, an old receipt says what it said.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from config.env import ENV
from enclos.accuses.contenu import Contenu, DocumentRecu, FichierRecu, ReponseAttendue, ServiceCharge
from enclos.caisses.models import Caisse, Silence
from enclos.socle.dates import jour, moment, paris
from enclos.socle.pdf import each_text
from enclos.socle.tailles import taille

MODELE = "2026-11-2"  # changes with these words or with accuse.typ
COULEUR = "#1d6242"
LOI = (
    "Accusé de réception électronique prévu par l’article L112-11 du code des relations entre le public et l’administration. "
    "Gardez-le : il prouve la date de votre envoi."
)
LOI_ENREGISTREMENT = (
    "Accusé d’enregistrement électronique prévu par l’article R112-11-2 du code des relations entre le public et "
    "l’administration. Gardez-le : il prouve la date de votre envoi."
)
EMPREINTES = (
    "Une empreinte est calculée sur le contenu exact d’un fichier : si un seul signe change, elle change. "
    "« Fichier reçu » : le fichier tel qu’il est parti de votre appareil. « Copie lisible » : celle que lit un agent."
)


def frozen(
    *, is_reception: bool, reference: str, code: str, received_at: datetime, caisse: Caisse, contenu: Contenu | None
) -> dict[str, Any]:
    """Everything shown, as JSON. An accusé d’enregistrement says the date, and that the other will come (R112-11-2)."""
    mentions = [line("Reçu le", moment(received_at))]
    if contenu and is_reception:
        mentions += list(mentions_of(contenu))
    else:
        mentions.append(line("Ensuite", "Un accusé de réception vous sera adressé."))
    documents = contenu.documents if contenu and is_reception else ()
    shown = {
        "titre": "Accusé de réception" if is_reception else "Accusé d’enregistrement",
        "tampon": "Reçu" if is_reception else "Enregistré",
        "tampon_date": jour(paris(received_at).date()),
        "reference": reference,
        "couleur": colour_of(caisse),
        "caisse": {"nom": caisse.nom, "lignes": [*address_of(caisse.nom, caisse.adresse), caisse.telephone]},
        "services": services_of(contenu) if contenu else [],
        "mentions": mentions,
        "documents": [document_line(rang, document) for rang, document in enumerate(documents, start=1)],
        "empreintes_texte": EMPREINTES,
        "attestation_version": contenu.attestation_version if contenu else "",
        "verification": {
            "titre": "Vérifier cet accusé",
            "adresse": f"{ENV.base_url}/verifier/",
            "lien": f"{ENV.base_url}/verifier/?reference={reference}",
            "texte": f"Tout le monde peut vérifier ce papier sur {ENV.base_url}/verifier/ avec la référence et ce code :",
            "code": code,
            "alt": f"Code QR : ouvre {ENV.base_url}/verifier/ avec la référence {reference}",
        },
        "loi": LOI if is_reception else LOI_ENREGISTREMENT,
    }
    # PostgreSQL keeps no NUL in JSON.
    return {key: each_text(value, lambda text: text.replace("\0", "")) for key, value in shown.items()}


def line(titre: str, *lignes: str) -> dict[str, Any]:
    return {"titre": titre, "lignes": list(lignes)}


def mentions_of(contenu: Contenu) -> Iterable[dict[str, Any]]:
    yield line("Envoyé par", contenu.expediteur)
    yield line("Objet", contenu.objet)
    for service, rangs in grouped(
        contenu.service, (document.service or contenu.service for document in contenu.documents)
    ):
        yield line(f"Service chargé{which(rangs)}", *service_lines(service))
    for reponse, rangs in grouped(
        contenu.reponse, (document.reponse or contenu.reponse for document in contenu.documents)
    ):
        if reponse:
            yield from answer_lines(reponse, which(rangs))
    for libelle, limite in contenu.manquants:
        yield line("Il manque", f"{libelle}, à envoyer avant le {jour(limite)}.")
    yield line("Ensuite", contenu.suite, *promises_of(contenu))
    if contenu.attestation:
        yield line("Vous avez attesté", f"{contenu.attestation} (texte {contenu.attestation_version})")


def promises_of(contenu: Contenu) -> Iterable[str]:
    """« Réponse au plus tard le 11 décembre 2026. »: what we promise, beside the day on which the law makes silence an answer."""
    for day, rangs in grouped(None, (document.promise_on for document in contenu.documents)):
        if day:
            yield f"Réponse{which(rangs)} au plus tard le {jour(day)}."


def grouped[T](common: T, each: Iterable[T]) -> list[tuple[T, list[int]]]:
    """Each value with the documents it goes for, numbered from 1; no number when it goes for all."""
    groups: list[tuple[T, list[int]]] = []
    for rang, value in enumerate(each, start=1):
        for known, rangs in groups:
            if known == value:
                rangs.append(rang)
                break
        else:
            groups.append((value, [rang]))
    return groups if len(groups) > 1 else [(groups[0][0] if groups else common, [])]


def which(rangs: list[int]) -> str:
    """« », « (document 2) », « (documents 1, 3 et 4) »."""
    if not rangs:
        return ""
    if len(rangs) == 1:
        return f" (document {rangs[0]})"
    return f" (documents {', '.join(map(str, rangs[:-1]))} et {rangs[-1]})"


def service_lines(service: ServiceCharge) -> list[str]:
    contacts = [service.telephone, service.courriel]
    return [service.nom, *service.adresse, " · ".join(contact for contact in contacts if contact)]


def answer_lines(reponse: ReponseAttendue, documents: str) -> Iterable[dict[str, Any]]:
    assert reponse.le is not None  # required by the mandatory mentions
    outcome = "acceptée" if reponse.sens == Silence.ACCEPTATION else "refusée"
    yield line(
        f"Réponse{documents}",
        f"Au plus tard le {jour(reponse.le)}, si votre dossier est complet.",
        f"Sans réponse de notre part à cette date, votre demande est considérée comme {outcome}.",
    )
    if reponse.sens == Silence.ACCEPTATION:
        yield line(
            "Vos droits",
            "Vous pouvez alors nous demander une attestation qui le prouve "
            "(article L232-3 du code des relations entre le public et l’administration).",
        )
    else:
        yield line("Vos recours", reponse.recours)


def document_line(rang: int, document: DocumentRecu) -> dict[str, Any]:
    details = [f"Personne concernée : {document.personne}"]
    if len(document.fichiers) > 1:
        details.append(f"{len(document.fichiers)} fichiers")
    return {
        "rang": rang,
        "nature": document.nature,
        "details": details,
        "pages": pages(document.pages),
        "taille": taille(document.taille),
        "fichiers": [file_line(fichier) for fichier in document.fichiers],
    }


def file_line(fichier: FichierRecu) -> dict[str, Any]:
    copies = [
        {"titre": copy_title(number, len(fichier.copies)), "sha256": copy}
        for number, copy in enumerate(fichier.copies, start=1)
    ]
    return {
        "nom": fichier.nom,
        "details": f"{pages(fichier.pages)}, {taille(fichier.taille)}",
        "sha256": fichier.sha256,
        "empreintes": [{"titre": "Fichier reçu", "sha256": fichier.sha256}, *copies],
    }


def pages(number: int) -> str:
    return f"{number} page{'s' if number > 1 else ''}"


def copy_title(number: int, total: int) -> str:
    return "Copie lisible" if total == 1 else f"Copie lisible, partie {number} sur {total}"


def services_of(contenu: Contenu) -> list[str]:
    names = [document.service.nom if document.service else contenu.service.nom for document in contenu.documents]
    return list(dict.fromkeys(names or [contenu.service.nom]))


def address_of(nom: str, lignes: list[str]) -> list[str]:
    """The postal address without the name, when it begins with it."""
    return [ligne for ligne in lignes if ligne.casefold() != nom.casefold()]


def colour_of(caisse: Caisse) -> str:
    """The fund's own colour for paper, when it gives one as #rrggbb."""
    colour = str(caisse.theme.get("clair", {}).get("accent", COULEUR))
    return colour if re.fullmatch(r"#[0-9a-fA-F]{6}", colour) else COULEUR
