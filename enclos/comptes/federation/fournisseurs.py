"""The identity providers of this installation: FranceConnect for members, the organisation's own for agents.

Only the issuer is configured: every other address comes from what it publishes (standards §4.1).
"""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from config.env import ENV, Env

type Cle = Literal["franceconnect", "organisme"]

# FranceConnect's levels, weakest first. What is asked is a wish: what comes back is compared with it.
EIDAS = ("eidas1", "eidas2", "eidas3")


@dataclass(frozen=True, kw_only=True)
class Fournisseur:
    """One provider, and what is asked of it."""

    cle: Cle
    nom: str  # as a sentence names it
    emetteur: str
    client_id: str
    client_secret: str
    scope: str
    acr: str = ""  # the weakest level accepted; empty: any
    claims: str = ""  # the OIDC parameter, in JSON
    must_sign_userinfo: bool = True
    reads_userinfo: bool = True

    @property
    def origine(self) -> str:
        parts = urlsplit(self.emetteur)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def is_of_this_machine(self) -> bool:
        """The demo's and the tests' stand-in: plain http, and no proxy in between."""
        return urlsplit(self.emetteur).hostname in {"127.0.0.1", "localhost", "::1"}

    @property
    def retour(self) -> str:
        """The name of the address where it sends people back."""
        return f"comptes:{self.cle}_retour"

    def accepts(self, acr: str) -> bool:
        """Whether a level is at least the one asked: by rank among those we know, else to the letter."""
        if not self.acr or acr == self.acr:
            return True
        return acr in EIDAS and self.acr in EIDAS and EIDAS.index(acr) >= EIDAS.index(self.acr)


def franceconnect(env: Env | None = None) -> Fournisseur | None:
    """FranceConnect, or None where it is not wholly configured."""
    env = env or ENV
    if not (env.fc_issuer and env.fc_client_id and env.fc_client_secret):
        return None
    return Fournisseur(
        cle="franceconnect",
        nom="FranceConnect",
        emetteur=env.fc_issuer,
        client_id=env.fc_client_id,
        client_secret=env.fc_client_secret,
        scope="openid identite_pivot",  # the least: a scope that the habilitation does not hold is an error
        acr="eidas1",
    )


def organisme(env: Env | None = None) -> Fournisseur | None:
    """The provider of the agents' organisation (ProConnect or any other), or None."""
    env = env or ENV
    if not (env.agents_oidc_issuer and env.agents_oidc_client_id and env.agents_oidc_client_secret):
        return None
    return Fournisseur(
        cle="organisme",
        nom="votre organisme",
        emetteur=env.agents_oidc_issuer,
        client_id=env.agents_oidc_client_id,
        client_secret=env.agents_oidc_client_secret,
        scope=env.agents_oidc_scope,
        acr=env.agents_oidc_acr,
        # ProConnect tells how somebody came in only when it is asked.
        claims='{"id_token":{"amr":null,"acr":null}}' if env.agents_oidc_mfa else "",
        must_sign_userinfo=False,
        reads_userinfo=bool(env.agents_oidc_claim),
    )


def by_key(cle: str) -> Fournisseur | None:
    return franceconnect() if cle == "franceconnect" else organisme() if cle == "organisme" else None


def form_targets(env: Env | None = None) -> list[str]:
    """Where our forms may lead beside ourselves: browsers apply the policy of the page to the redirect that follows.

    Our own address is among them: who came by another of our names starts again from there.
    """
    env = env or ENV
    fournisseur = franceconnect(env)
    return [] if fournisseur is None else [fournisseur.origine, env.base_url]
