"""The files of the registry drop, as the contract lists them."""

import hashlib
import os
import time
from collections.abc import Callable
from functools import partial

from enclos.api.depot.cells import (
    Faute,
    booleen,
    chemin,
    choix,
    courriel,
    decime,
    entier,
    jour,
    jour_venu,
    montant,
    plusieurs,
    ref,
    ref_optional,
    required,
    selon,
    texte,
)
from enclos.api.depot.files import Colonne, Fautes, FichierDepot, Row
from enclos.api.depot.reading import quoted
from enclos.bibliotheque.models import Document, Domaine
from enclos.caisses.models import Agence, Caisse
from enclos.registre.models import Civilite, Exploitation, Facture, Lien, Paiement, Personne, Profil
from enclos.socle import sealed
from enclos.socle.nir import NirError, normalise

SMALLINT_MAX = 32_767


# For each fund's code: its id, and the ids of its agencies by their codes.
type Agencies = dict[str, tuple[str, dict[str, str]]]


def fichiers(agencies: Agencies) -> list[FichierDepot]:
    """What the importer takes, people first: the others refer to them."""
    return [personnes(agencies), LIENS, EXPLOITATIONS, PAIEMENTS, FACTURES, DOCUMENTS]


def fichier(nom: str, agencies: Agencies) -> FichierDepot:
    return next(fichier for fichier in fichiers(agencies) if fichier.nom == nom)


def agencies() -> Agencies:
    """The funds and agencies of the day."""
    found: Agencies = {code: (str(pk), {}) for pk, code in Caisse.objects.values_list("pk", "code").order_by("pk")}
    for pk, caisse, code in Agence.objects.values_list("pk", "caisse__code", "code").order_by("pk"):
        found[caisse][1][code] = str(pk)
    return found


def nir(cell: str) -> str | None:
    """The 13 signs. The phrase never repeats what was given."""
    if not cell:
        return None
    try:
        return normalise(cell)
    except NirError:
        raise Faute("Ce numéro n’a pas la forme d’un NIR de 13 ou 15 signes, ou sa clé ne correspond pas.") from None


# What `build` makes of a person, in order; the columns are those of the table.
PERSONNE_FIELDS = (
    "id", "ref", "caisse_id", "agence_id", "nir_sealed", "nir_index", "nia_sealed", "nia_index", "civilite", "nom_naissance",
    "nom_usage", "prenoms", "date_naissance", "lieu_naissance", "pays_naissance", "adresse2", "adresse3", "adresse4", "adresse5",
    "code_postal", "localite", "pays", "email", "telephone", "profils", "droits_sante_ouverts", "vitale_serie_sealed",
    "vitale_photo", "decede", "row_digest",
)  # fmt: skip


def personnes(agencies: Agencies) -> FichierDepot:
    """`personnes.csv`."""
    return FichierDepot(
        nom="personnes.csv",
        model=Personne,
        key=("ref",),
        colonnes=(
            Colonne("ref", ref),
            Colonne("caisse", required(texte(10))),
            Colonne("agence", texte(20)),
            Colonne("nir", nir),
            Colonne("nia", nir),
            Colonne("civilite", choix(Civilite.values)),
            Colonne("nom_naissance", texte(80, required=True)),
            Colonne("nom_usage", texte(80)),
            Colonne("prenoms", texte(120)),
            Colonne("date_naissance", jour),
            Colonne("lieu_naissance", selon(r"\d[0-9AB]\d{3}", "Il faut le code INSEE de la commune : 5 signes.")),
            Colonne(
                "pays_naissance", selon(r"\d{5}", "Il faut le code INSEE du pays : 5 chiffres, 99100 pour la France.")
            ),
            Colonne("adresse2", texte(80)),
            Colonne("adresse3", texte(80)),
            Colonne("adresse4", texte(80)),
            Colonne("adresse5", texte(80)),
            Colonne("code_postal", texte(10)),
            Colonne("localite", texte(80)),
            Colonne("pays", texte(60)),
            Colonne("email", courriel),
            Colonne("telephone", selon(r"\+?[0-9 .()/-]{3,19}", "Ce numéro de téléphone est mal écrit.")),
            Colonne("profils", plusieurs(Profil.values)),
            Colonne("droits_sante_ouverts", booleen),
            Colonne("vitale_serie", texte(30)),
            Colonne("vitale_photo", booleen),
            Colonne("decede", decime),
        ),
        build=partial(build_personne, agencies=agencies, digest=keyed_digest(), new_id=new_id_hex),
        built=PERSONNE_FIELDS,
    )


def keyed_digest() -> Callable[[str], str]:
    """A digest by the key of blind indexes, so that a row cannot be guessed from it. 32 hexadecimal signs."""
    started = hashlib.blake2b(key=sealed.index_key()[:64], digest_size=16, person=b"personnes-1")

    def digest(text: str) -> str:
        copy = started.copy()
        copy.update(text.encode())
        return copy.hexdigest()

    return digest


def new_id_hex() -> str:
    """A UUID version 7 as text, four times cheaper than by `uuid.UUID`: there is one a row."""
    chance = os.urandom(9).hex()
    return f"{time.time_ns() // 1_000_000:012x}7{chance[:3]}8{chance[3:]}"


def build_personne(
    values: list[str | None],
    *,
    agencies: Agencies,
    digest: Callable[[str], str],
    new_id: Callable[[], str],
) -> Row:
    """The row as the database takes it: numbers sealed for that very person, found by their blind index."""
    ref, caisse, agence, nir, nia, *middle, droits, vitale, photo, decede = values
    assert ref is not None
    assert caisse is not None
    if (nir and nir in ref) or (nia and nia in ref):
        raise Fautes(("ref", "La référence d’une personne ne peut pas être son NIR : elle paraît dans les rapports."))
    if caisse not in agencies:
        raise Fautes(("caisse", f"Caisse inconnue : {quoted(caisse)}."))
    caisse_id, known = agencies[caisse]
    agence_id = known.get(agence) if agence else None
    if agence and agence_id is None:
        raise Fautes(("agence", f"Agence inconnue de la caisse {quoted(caisse)} : {quoted(agence)}."))
    aad = ref.encode()
    return [
        new_id(),
        ref,
        caisse_id,
        agence_id,
        sealed.seal(nir.encode(), purpose="nir", aad=aad) if nir else b"",
        sealed.blind_index(nir) if nir else None,
        sealed.seal(nia.encode(), purpose="nia", aad=aad) if nia else b"",
        sealed.blind_index(nia) if nia else None,
        *middle,
        droits,
        sealed.seal(vitale.encode(), purpose="vitale", aad=aad) if vitale else b"",
        photo,
        decede,
        digest("\x1f".join([value or "" for value in (*values, caisse_id, agence_id)])),
    ]


LIENS = FichierDepot(
    nom="liens.csv",
    model=Lien,
    key=("ref", "rang"),
    colonnes=(
        Colonne("ref", ref),
        Colonne("rang", required(entier(SMALLINT_MAX))),
        Colonne("lien", required(choix(Lien.Nature.values))),
        Colonne("ref_liee", ref_optional),
        Colonne("prenoms", texte(120)),
        Colonne("nom", texte(80)),
        Colonne("date_naissance", jour),
    ),
    references=(("ref", "personne_id"), ("ref_liee", "liee_id")),
)


def hectares(cell: str) -> str | None:
    return hectares_text(cell) or None


hectares_text = selon(r"\d{1,7}(?:\.\d{1,4})?", "Il faut des hectares, avec un point : 62.40.")

EXPLOITATIONS = FichierDepot(
    nom="exploitations.csv",
    model=Exploitation,
    key=("ref", "siret"),
    colonnes=(
        Colonne("ref", ref),
        Colonne("siret", required(selon(r"\d{14}", "Un SIRET compte 14 chiffres."))),
        Colonne("denomination", texte(120)),
        Colonne("qualite", choix(Exploitation.Qualite.values)),
        Colonne("rang", choix(Exploitation.Rang.values)),
        Colonne("categorie_atexa", texte(4)),
        Colonne("surface_ha", hectares),
        Colonne("installe_le", jour),
        Colonne("cesse_le", jour),
    ),
    references=(("ref", "personne_id"),),
)

PAIEMENTS = FichierDepot(
    nom="paiements.csv",
    model=Paiement,
    key=("numero",),
    colonnes=(
        Colonne("numero", texte(40, required=True)),
        Colonne("ref", ref),
        Colonne("date", required(jour)),
        Colonne("branche", required(choix(Paiement.Branche.values))),
        Colonne("libelle", texte(120)),
        Colonne("montant", required(montant)),
        Colonne("periode_debut", jour),
        Colonne("periode_fin", jour),
        Colonne("destinataire", texte(120)),
    ),
    references=(("ref", "personne_id"),),
)


def paye(cell: str) -> str:
    """What was already paid: an amount, or whether all of it was."""
    return cell if cell in {"true", "false"} else montant(cell) or "0"


def build_facture(values: list[str | None]) -> Row:
    """All paid is worth the amount asked, nothing paid is worth zero."""
    *before, asked, paid, on = values
    return [*before, asked, {"true": asked, "false": "0"}.get(paid or "", paid), on]


FACTURES = FichierDepot(
    nom="factures.csv",
    model=Facture,
    key=("numero",),
    colonnes=(
        Colonne("numero", texte(40, required=True)),
        Colonne("ref", ref),
        Colonne("emise_le", required(jour)),
        Colonne("echeance", jour),
        Colonne("libelle", texte(120)),
        Colonne("montant", required(montant)),
        Colonne("paye", paye),
        Colonne("payee_le", jour),
    ),
    references=(("ref", "personne_id"),),
    build=build_facture,
)

# The library's own words, or those of `paiements.csv`: a system that knows its branches need not learn others.
DOMAINES = {value: value for value in Domaine.values} | {
    Paiement.Branche.LOGEMENT: Domaine.FAMILLE,
    Paiement.Branche.INVALIDITE: Domaine.SANTE,
}
domaine_known = choix([str(value) for value in DOMAINES])


def domaine(cell: str) -> str:
    """Where the library puts it; « autre » when unknown."""
    return str(DOMAINES[domaine_known(cell) or ""]) if cell else Domaine.AUTRE.value


DOCUMENTS = FichierDepot(
    nom="documents.csv",
    model=Document,
    key=("numero",),
    colonnes=(
        Colonne("numero", texte(40, required=True)),
        Colonne("ref", ref),
        Colonne("fichier", chemin),
        Colonne("date", required(jour_venu)),
        Colonne("domaine", domaine),
        Colonne("nature", texte(60)),
        Colonne("libelle", texte(200)),
    ),
    references=(("ref", "personne_id"),),
    beside=("fichier",),
)
