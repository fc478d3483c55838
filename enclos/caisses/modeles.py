"""Model answers: what they may say, the names they hold, and their one writer.

An answer may never ask for on paper what arrived here (CRPA L112-8): a model that does is refused when it is written. What the
law itself wants by post, what is medical, is named by its service.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from django.db import transaction

from enclos.caisses.access import forget
from enclos.caisses.models import Caisse, ModeleReponse, Service, Usage
from enclos.journal.actions import Actor, record
from enclos.socle.iban import holds_iban
from enclos.socle.nir import REDACTION
from enclos.socle.refusals import Refusal

LONGEST = 1000  # signs, as a word to the member
# What a model may name, and what it becomes.
CHAMPS = {
    "prenom": "le prénom de l’adhérent",
    "document": "le nom du document",
    "reference": "la référence de l’envoi",
    "service": "le nom du service",
    "telephone": "le téléphone du service",
}
CHAMP = re.compile(r"\{([^{}]*)\}")
SENTENCE = re.compile(r"[.!?\n]+")
# Somebody is asked, in the same sentence as the post is named; « nous vous envoyons une lettre » asks nothing.
ASKED = re.compile(
    r"\b(?:merci|veuillez|fournir|faire|faites|(?:confirm|renvoy|envoy|adress|transmett|retourn|post|complet|doubl)(?:ez|er)|transmettre)\b"
)
BY_POST = re.compile(
    r"\b(?:par (?:la )?(?:poste|courrier(?! electronique)|lettre)|par voie postale|courrier postal|sur papier|(?:version|original) papier)\b"
)


class ModeleRefuse(Refusal):
    """What a model may not say, in words for who writes it."""


def plain(text: str) -> str:
    """Lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def check_texte(texte: str) -> None:
    """Raises `ModeleRefuse` on a name nobody knows, a number that must not be written, or a paper asked again by post."""
    for name in CHAMP.findall(texte):
        if name not in CHAMPS:
            known = ", ".join(f"{{{champ}}}" for champ in CHAMPS)
            raise ModeleRefuse(f"« {{{name}}} » n’est pas un champ connu. Utilisez : {known}.", code="champ_inconnu")
    if "{" in CHAMP.sub("", texte) or "}" in CHAMP.sub("", texte):
        raise ModeleRefuse("Une accolade est seule. Écrivez par exemple {prenom}.", code="accolade")
    if REDACTION.search(texte) or holds_iban(texte):
        raise ModeleRefuse(
            "Un modèle sert à tous : retirez le numéro de sécurité sociale ou l’IBAN qu’il contient.", code="numero"
        )
    for sentence in SENTENCE.split(texte):
        said = plain(sentence)
        if BY_POST.search(said) and ASKED.search(said) and "service medical" not in said:
            raise ModeleRefuse(
                f"« {sentence.strip()} » : ce qui est arrivé ici ne se redemande pas sur papier (article L112-8 du code des "
                "relations entre le public et l’administration). Demandez de l’envoyer depuis l’espace privé.",
                code="par_la_poste",
            )


def filled(modele: ModeleReponse, values: Mapping[str, str]) -> str:
    """The text with each name replaced; one that has no value leaves nothing, and the agent reads it again before sending."""
    return CHAMP.sub(lambda found: values.get(found[1], ""), modele.texte)


@transaction.atomic
def write_modele(
    caisse: Caisse,
    *,
    titre: str,
    texte: str,
    service: Service | None,
    usages: Sequence[str] = (),
    nature: str = "",
    modele: ModeleReponse | None = None,
    is_active: bool = True,
    by: Actor,
) -> ModeleReponse:
    """Add a model, or change `modele`; `usages` are of `Usage`, none for all, `nature` is its code.

    Raises `ModeleRefuse`; `Refusal` when another of the fund has that title; `ValueError` on an unknown usage.
    """
    titre, texte = " ".join(titre.split()), texte.strip()
    usages = [Usage(usage).value for usage in usages]
    check_texte(f"{titre}.\n{texte}")
    others = ModeleReponse.objects.filter(caisse=caisse, titre=titre)
    if modele is not None:
        others = others.exclude(pk=modele.pk)
    if others.exists():
        raise Refusal(f"Un autre modèle s’appelle déjà « {titre} ».", code="titre_pris")
    is_new = modele is None
    modele = modele or ModeleReponse(caisse=caisse)
    modele.titre, modele.texte, modele.service, modele.is_active = titre, texte, service, is_active
    modele.usages, modele.nature = usages, nature
    modele.save()
    record("caisses.modele.added" if is_new else "caisses.modele.changed", modele, by=by, titre=titre)
    transaction.on_commit(forget)
    return modele


def ensure_modele(
    caisse: Caisse,
    *,
    titre: str,
    texte: str,
    service: str = "",
    usages: Sequence[str] = (),
    nature: str = "",
    by: Actor,
) -> None:
    """A model of the fund's file, added once: what the fund has changed since stays as it is."""
    if not ModeleReponse.objects.filter(caisse=caisse, titre=titre).exists():
        of = caisse.services.get(code=service) if service else None
        write_modele(caisse, titre=titre, texte=texte, service=of, usages=usages, nature=nature, by=by)
