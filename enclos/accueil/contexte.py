"""What every page needs around its own matter: the fund, the sign-in block, the navigation. Computed only when shown."""

from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest
from django.utils import timezone

from config.env import ENV
from enclos.accueil import theme
from enclos.caisses.access import default_caisse
from enclos.caisses.models import Caisse, Opening
from enclos.comptes.access import home_of, session_of, signed_in
from enclos.comptes.federation.fournisseurs import franceconnect, organisme
from enclos.comptes.models import Compte
from enclos.comptes.roles import Acte, peut


@dataclass(frozen=True)
class Entree:
    """A link of the navigation; current on its own page and on those under `prefixes`."""

    titre: str
    url: str
    prefixes: tuple[str, ...] = ()
    sauf: str = ""  # an address below its prefixes that is another entry

    def is_current(self, path: str) -> bool:
        return path == self.url or (path != self.sauf and path.startswith(self.prefixes))


# Grows with the apps: nothing is shown that does not work.
NAVIGATION_ADHERENT = (
    Entree("Accueil", "/espace/"),
    Entree(
        "Contact & échanges",
        "/espace/contact/",
        ("/espace/envoyer-un-document/", "/espace/envois/", "/espace/papiers/", "/espace/messages/", "/espace/avis/"),
    ),
    Entree("Mes documents", "/espace/documents/", ("/espace/documents/",)),
    Entree("Mon compte", "/espace/compte/", ("/espace/compte/",)),
)
POSTE = "/agent/papiers/"
# Each with the acts that open it; none: for every agent.
NAVIGATION_AGENT: tuple[tuple[Entree, tuple[Acte, ...]], ...] = (
    (
        Entree("Mes files", "/agent/", ("/agent/documents/", "/agent/messages/", "/agent/papiers/"), sauf=POSTE),
        (Acte.TRAITER,),
    ),
    (Entree("Papiers par la poste", POSTE), (Acte.TRAITER,)),
    (Entree("Rechercher", "/agent/recherche/", ("/agent/recherche/", "/agent/personnes/")), (Acte.RECHERCHER,)),
    (Entree("Assistance", "/agent/assistance/", ("/agent/assistance/",)), (Acte.ASSISTER,)),
    (Entree("Second regard", "/agent/second-regard/"), (Acte.COMPTER, Acte.SUPERVISER)),
    (Entree("À surveiller", "/agent/a-surveiller/", ("/agent/a-surveiller/",)), ()),
    (Entree("Supervision", "/agent/supervision/", ("/agent/supervision/",)), (Acte.SUPERVISER,)),
    (Entree("Modèles de réponse", "/agent/modeles/", ("/agent/modeles/",)), (Acte.ADMINISTRER, Acte.SUPERVISER)),
    (Entree("Administration", "/agent/administration/", ("/agent/administration/",)), (Acte.ADMINISTRER,)),
    (Entree("Mon compte", "/agent/securite/", ("/agent/securite/",)), ()),
)

# Besides these, on the map of the site.
PLAN_AGENT: tuple[tuple[Entree, tuple[Acte, ...]], ...] = (
    (Entree("Mes filtres", "/agent/filtres/"), (Acte.TRAITER,)),
    (Entree("Lots", "/agent/lots/"), (Acte.TRAITER,)),
    (Entree("Mes absences", "/agent/absences/"), (Acte.TRAITER,)),
    (Entree("Équipe", "/agent/equipe/"), (Acte.SUPERVISER,)),
)


class Portail:
    """One per request, as `portail` in every template. An anonymous visitor costs no query but the fund, once a minute."""

    is_demo = ENV.mode == "demo"

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def has_franceconnect(self) -> bool:
        """Whether members may come in by FranceConnect."""
        return franceconnect() is not None

    @cached_property
    def has_organisme(self) -> bool:
        """Whether agents may come in by their organisation's provider."""
        return organisme() is not None

    @cached_property
    def compte(self) -> Compte | None:
        """Who is signed in; nobody on a page drawn before the session was read."""
        return signed_in(self.request) if hasattr(self.request, "user") else None

    @cached_property
    def is_complete(self) -> bool:
        """Whether nothing more is asked before the pages open: a second factor, a new password."""
        if self.compte is None or session_of(self.request).attend:
            return False
        return self.compte.is_adherent or session_of(self.request).is_strong

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
        if self.compte is None or not self.is_complete:
            return []
        entries: tuple[Entree, ...] = NAVIGATION_ADHERENT
        if self.compte.is_agent:
            entries = tuple(entry for entry, actes in NAVIGATION_AGENT if not actes or peut(self.compte, *actes))
        return [(entry, entry.is_current(self.request.path)) for entry in entries]

    @property
    def plan(self) -> list[Entree]:
        """What the agent signed in can open, for the map of the site; empty for anybody else."""
        if self.compte is None or not self.compte.is_agent:
            return []
        more = [entry for entry, actes in PLAN_AGENT if self.is_complete and peut(self.compte, *actes)]
        return [*(entry for entry, _ in self.navigation), *more]

    @property
    def accueil_url(self) -> str:
        """Where the fund's name leads."""
        return home_of(self.compte) if self.compte else "/"

    @property
    def session_secondes(self) -> int:
        """How long the session lasts after this page without a gesture, in seconds."""
        return session_of(self.request).seconds_left()


def page(request: HttpRequest) -> dict[str, Portail]:
    """Context processor."""
    return {"portail": Portail(request)}
