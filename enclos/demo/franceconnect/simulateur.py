"""Starting the program that plays FranceConnect, and the people one can be there. Knows nothing of Django."""

import json
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from enclos.demo.franceconnect import installation

SERVEUR = Path(__file__).parent / "serveur.mjs"
RETOUR, SORTIE = "/connexion/franceconnect/retour/", "/connexion/franceconnect/deconnecte/"
RETOUR_AGENTS = "/connexion/organisme/retour/"
CLIENT, CLIENT_AGENTS = "enclos-adherents", "enclos-agents"
ECART = 20_000  # between the portal's port and its own: the same at each start, or accounts would have to be tied again


@dataclass(frozen=True)
class Personne:
    """Somebody of the stand-in."""

    cle: str
    pour: str  # adherents or agents
    libelle: str

    @property
    def is_agent(self) -> bool:
        return self.pour == "agents"


@cache
def personnes() -> list[Personne]:
    told = json.loads((SERVEUR.parent / "personnes.json").read_text(encoding="utf-8"))
    return [Personne(one["cle"], one["pour"], one["libelle"]) for one in told]


def issuer(port: int) -> str:
    return f"http://127.0.0.1:{port}/api/v2"


def free_port(near: int) -> int:
    """The usual port for a portal that listens on `near`, or the next one that nobody has."""
    first = near + ECART if near + ECART < 60_000 else near - ECART
    for port in range(first, first + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port")


def command() -> list[str]:
    program = installation.node()
    assert program is not None
    return [str(program), "--no-warnings", str(SERVEUR)]


def environment(
    port: int,
    portal: str,
    secrets: Mapping[str, str],
    environ: Mapping[str, str],
    *,
    keys: Path | None = None,
    slowness_ms: int = 20_000,
) -> dict[str, str]:
    """What the program needs: `portal` is the base address of who asks, `secrets` each client's own, `environ` the caller's."""
    clients: Sequence[dict[str, str]] = [
        {"id": CLIENT, "pour": "adherents", "secret": secrets[CLIENT], "retour": portal + RETOUR, "sortie": portal + SORTIE},
        {"id": CLIENT_AGENTS, "pour": "agents", "secret": secrets[CLIENT_AGENTS], "retour": portal + RETOUR_AGENTS, "sortie": portal + SORTIE},
    ]  # fmt: skip
    settings = {"modules": str(installation.modules()), "port": port, "clients": clients, "lenteur": slowness_ms}
    if keys is not None:
        settings["cles"] = str(keys)
    kept = {name: value for name, value in environ.items() if not name.startswith(("ENCLOS_", "NODE_"))}
    return kept | {"FC_REGLAGES": json.dumps(settings)}


def port_of(emetteur: str, client_id: str) -> int | None:
    """The port where this program must answer for an issuer; None when somebody else plays it."""
    found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/api/v2", emetteur)
    return int(found[1]) if found and client_id == CLIENT else None
