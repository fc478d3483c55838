"""What every page needs around its own matter: the fund, the sign-in block, the navigation. Computed only when shown."""

from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest
from django.utils import timezone

from config.env import ENV
from enclos.accueil import theme
from enclos.caisses.access import default_caisse
from enclos.caisses.models import Caisse, Opening
from enclos.comptes.models import Compte


@dataclass(frozen=True)
class Entree:
    """A link of the navigation; current on its own page and on those under `prefixes`."""

    titre: str
    url: str
    prefixes: tuple[str, ...] = ()

    def is_current(self, path: str) -> bool:
        return path == self.url or path.startswith(self.prefixes)


# Grows with the apps: nothing is shown that does not work.
NAVIGATION_ADHERENT = (
    Entree("Accueil", "/espace/"),
    Entree("Contact & échanges", "/espace/contact/", ("/espace/envoyer-un-document/", "/espace/envois/")),
)
NAVIGATION_AGENT = (Entree("Papiers à traiter", "/agent/", ("/agent/",)),)


class Portail:
    """One per request, as `portail` in every template. Nothing here asks the database for an anonymous visitor but the fund."""

    is_demo = ENV.mode == "demo"

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def compte(self) -> Compte | None:
        """Who is signed in."""
        user = getattr(self.request, "user", None)
        return user if isinstance(user, Compte) else compte_behind(user)

    @cached_property
    def caisse(self) -> Caisse:
        """The fund of the person signed in, or the one of public pages."""
        default = default_caisse()
        if self.compte is None or self.compte.caisse_id == default.pk:
            return default
        return self.compte.caisse

    @cached_property
    def ouverture(self) -> Opening:
        """Whether the help desk answers now."""
        return self.caisse.opening(timezone.now())

    @cached_property
    def theme_url(self) -> str:
        """Where the fund's colours are, or nothing when it keeps ours."""
        return theme.url_of(self.caisse)

    @cached_property
    def navigation(self) -> list[tuple[Entree, bool]]:
        """The links of the signed-in person, and whether each is where one stands."""
        if self.compte is None:
            return []
        entries = NAVIGATION_AGENT if self.compte.is_agent else NAVIGATION_ADHERENT
        return [(entry, entry.is_current(self.request.path)) for entry in entries]

    @property
    def accueil_url(self) -> str:
        """Where the fund's name leads."""
        if self.compte is None:
            return "/"
        return "/agent/" if self.compte.is_agent else "/espace/"

    @property
    def session_secondes(self) -> int:
        """How long the session lasts after this page without a gesture, in seconds."""
        agent = self.compte is not None and self.compte.is_agent
        return 60 * (ENV.agent_idle_minutes if agent else ENV.member_idle_minutes)


def compte_behind(user: object) -> Compte | None:
    """The account behind the lazy `request.user`, None for somebody who is not signed in."""
    if user is None or not getattr(user, "is_authenticated", False):
        return None
    wrapped = getattr(user, "_wrapped", user)
    return wrapped if isinstance(wrapped, Compte) else None


def page(request: HttpRequest) -> dict[str, Portail]:
    """Context processor."""
    return {"portail": Portail(request)}
