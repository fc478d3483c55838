"""Who is behind an identity that a provider proved."""

from typing import Literal

from enclos.comptes.federation.client import Identite
from enclos.comptes.federation.fournisseurs import franceconnect
from enclos.comptes.federation.pivot import Pivot, from_claims, is_same
from enclos.comptes.models import Association, Compte
from enclos.registre.models import Personne

type Cas = Literal["inconnu", "plusieurs", "sans_compte"]


class NonReconnu(Exception):
    """Nobody may come in with this identity. `inconnu` is said of the closed and the deceased too."""

    def __init__(self, cas: Cas, motif: str, personne: Personne | None = None) -> None:
        super().__init__(motif)
        self.cas: Cas = cas
        self.motif = motif
        self.personne = personne


def account_of(identite: Identite) -> Compte | None:
    """The account tied to a federated identity."""
    found = (
        Association.objects.select_related("compte__personne__caisse", "compte__caisse")
        .filter(emetteur=identite.emetteur, sujet=identite.sujet)
        .first()
    )
    return found.compte if found else None


def association_of(compte: Compte) -> Association | None:
    """What ties a member's account to the FranceConnect of this installation."""
    fournisseur = franceconnect()
    if fournisseur is None:
        return None
    return Association.objects.filter(compte=compte, emetteur=fournisseur.emetteur).first()


def people_with(pivot: Pivot) -> list[Personne]:
    """Every open person of the registry whose pivot identity is this one, deceased people included: a homonym is a doubt."""
    if pivot.naissance is None:
        return []
    born = Personne.objects.filter(closed_at=None, date_naissance=pivot.naissance)
    return [one for one in born.order_by("pk").iterator(500) if is_same(one, pivot)]


def recognise(identite: Identite) -> Compte:
    """The account that this identity opens: tied already, or the only one its pivot names. Raises `NonReconnu`."""
    compte = account_of(identite)
    if compte is not None:
        if not compte.may_sign_in:
            raise NonReconnu("inconnu", "compte fermé")
        return compte
    people = people_with(from_claims(identite.claims))
    if not people:
        raise NonReconnu("inconnu", "aucune personne")
    if len(people) > 1:
        raise NonReconnu("plusieurs", f"{len(people)} personnes")
    personne = people[0]
    if personne.decede:
        raise NonReconnu("inconnu", "personne décédée")
    compte = Compte.objects.select_related("personne", "caisse").filter(personne=personne).first()
    if compte is None or compte.closed_at is not None:
        raise NonReconnu("sans_compte", "pas de compte", personne)
    if not compte.may_sign_in:
        raise NonReconnu("inconnu", "compte fermé")
    if Association.objects.filter(compte=compte, emetteur=identite.emetteur).exists():
        # One person has one identity there: another one that looks the same is not for us to choose.
        raise NonReconnu("plusieurs", "compte déjà relié à une autre identité")
    return compte


def agent_of(identite: Identite, claim: str) -> Compte | None:
    """The agent tied to an identity, or named by the claim that the installation trusts for it."""
    compte = account_of(identite)
    if compte is None and claim:
        told = identite.claims.get(claim)
        if isinstance(told, str) and told.strip():
            named = Compte.objects.filter(genre=Compte.Genre.AGENT, identifiant=told.strip().lower())
            compte = named.exclude(associations__emetteur=identite.emetteur).first()
    return compte if compte is not None and compte.is_agent and compte.may_sign_in else None
