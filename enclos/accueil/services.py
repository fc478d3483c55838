"""The services that work today, in the order of the leaflet. One line more when an app is done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from enclos.registre.models import Profil
from enclos.socle.templatetags.socle import pluriel


@dataclass(frozen=True)
class Service:
    """Something a member can do here."""

    titre: str
    url: str
    detail: str
    icone: str
    rubrique: str
    profils: frozenset[str] = frozenset(Profil.values)
    evenements: tuple[str, ...] = ()  # what is told and not read yet, counted on the tile
    attend: Callable[[int], str] = str  # how so many are said


def answers(count: int) -> str:
    return pluriel(count, "réponse non lue,réponses non lues")


def something(count: int) -> str:
    """One notice may tell of several documents."""
    return "Du nouveau"


PRO, PERSO, CONTACT = "Mes services pro", "Mes services perso", "Contact & échanges"
RUBRIQUES = (PRO, PERSO, CONTACT)

SERVICES = (
    Service(
        "Envoyer un document",
        "/espace/envoyer-un-document/",
        "Une photo suffit. Vous recevez un accusé de réception.",
        "envoi",
        CONTACT,
    ),
    Service(
        "Suivre mes envois",
        "/espace/envois/",
        "Voir où en est chaque document, et la réponse.",
        "attente",
        CONTACT,
        evenements=("decision",),
        attend=answers,
    ),
    Service(
        "Nous envoyer un message",
        "/espace/messages/nouveau/",
        "Une question, une urgence, une réclamation. La date de réponse est promise.",
        "crayon",
        CONTACT,
    ),
    Service(
        "Mes messages",
        "/espace/messages/",
        "Lire les réponses, écrire de nouveau.",
        "courrier",
        CONTACT,
        evenements=("message-repondu",),
        attend=answers,
    ),
    Service(
        "Mes documents",
        "/espace/documents/",
        "Retrouver ce que votre MSA vous a envoyé, et ce que vous avez envoyé.",
        "document",
        CONTACT,
        evenements=("document-recu", "document-copie"),
        attend=something,
    ),
    Service("Mes avis", "/espace/avis/", "Tout ce dont nous vous avons prévenu.", "courrier", CONTACT),
)
PUBLICS = (
    Service(
        "Vérifier un accusé de réception",
        "/verifier/",
        "Sans compte : savoir si un accusé est authentique.",
        "cadenas",
        "",
    ),
)


def services_by_heading(profils: frozenset[str]) -> list[tuple[str, list[Service]]]:
    """The services open to these profiles under their headings; a heading appears with its first service."""
    found = [
        (rubrique, [s for s in SERVICES if s.rubrique == rubrique and s.profils & profils]) for rubrique in RUBRIQUES
    ]
    return [(rubrique, services) for rubrique, services in found if services]


def told_on_tiles(services: Sequence[Service], par_evenement: Mapping[str, int]) -> list[tuple[Service, str]]:
    """Each service with what waits to be read behind it, « 2 réponses non lues »; "" when nothing does."""
    counts = [(service, sum(par_evenement.get(code, 0) for code in service.evenements)) for service in services]
    return [(service, service.attend(count) if count else "") for service, count in counts]
