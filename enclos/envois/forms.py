"""The forms of the journey, in the leaflet's words."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from enclos.bibliotheque.models import Document
from enclos.caisses.access import nomenclatures
from enclos.envois.access import asked_alike
from enclos.envois.accuse import ATTESTATION, ATTESTATIONS
from enclos.envois.dejas import Deja, named
from enclos.envois.models import DemandePapiers, DocumentEnvoye, PapierDemande
from enclos.envois.personnes import Personnes
from enclos.socle.dates import jour, today_paris
from enclos.socle.fields import FrenchDateField
from enclos.socle.forms import LongSelect, MultipleFileField, MultipleFileInput, no_nir

MAX_DOCUMENTS = 10
MAX_FILES = 20
AUTRES = "autres"
AUCUNE = "aucune"


type Choices = list[tuple[Any, Any]]


def set_choices(form: forms.Form, name: str, choices: Choices) -> None:
    """Give a field the choices that depend on the person."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def asked_for(demande: DemandePapiers) -> str:
    """« Votre aide au logement (1 papier, avant le 3 décembre 2026) », and by whom when another fund asks."""
    whom = f", pour {demande.ailleurs}" if demande.ailleurs else ""
    return f"{demande.libelle} ({demande.attente or 'votre mot est lu par un agent'}{whom})"


def waited_for(papier: PapierDemande) -> str:
    """« Quittance de loyer (Lucie Delattre), avant le 11 décembre 2026 »."""
    whom = f" ({papier.concerne_nom})" if papier.concerne_nom else ""
    return f"{papier.libelle}{whom}, avant le {jour(papier.due_on)}"


def asked_in(papier: PapierDemande) -> str:
    """« Votre aide au logement : papier 2, Quittance de loyer, avant le 11 décembre 2026 »."""
    return f"{papier.demande.libelle} : papier {papier.rang}, {papier.libelle}, avant le {jour(papier.due_on)}"


class Objet(forms.Form):
    """« Objet de l’envoi »: what the fund asked for, each a choice of its own, then « D’autres documents »."""

    objet = forms.ChoiceField(
        label="Que voulez-vous envoyer ?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez ce que vous voulez envoyer."},
    )

    def __init__(self, *args: Any, demandes: Sequence[DemandePapiers], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = [(demande.reference, asked_for(demande)) for demande in demandes]
        set_choices(self, "objet", [*asked, (AUTRES, "D’autres documents")])
        if not demandes:
            self.initial["objet"] = AUTRES


class Nombre(forms.Form):
    """« Nombre de documents »."""

    nombre = forms.TypedChoiceField(
        label="Nombre de documents",
        help_text="Un document peut avoir plusieurs pages : un avis d’impôt de 4 pages compte pour 1.",
        coerce=int,
    )

    def __init__(self, *args: Any, at_least: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "nombre", [(n, str(n)) for n in range(max(1, at_least), MAX_DOCUMENTS + 1)])


class Description(forms.Form):
    """« Saisie des informations »: nature, person, motive. A paper that was asked for stands first among the natures."""

    nature = forms.ChoiceField(
        label="Nature du document",
        widget=LongSelect,
        error_messages={"required": "Choisissez la nature du document."},
    )
    libelle_libre = forms.CharField(
        label="Précisez le document",
        help_text="Seulement si vous avez choisi « Autre document ».",
        max_length=120,
        validators=[no_nir],
        required=False,
    )
    concerne = forms.ChoiceField(
        label="Personne concernée",
        error_messages={"required": "Choisissez la personne que ce document concerne."},
    )
    pour_demande = forms.BooleanField(label="On vous l’a demandé : envoyer pour cette demande", required=False)
    quel_papier = forms.ChoiceField(
        label="Pour quelle demande ?",
        widget=forms.RadioSelect,
        error_messages={"required": "Ce papier vous est demandé plusieurs fois : choisissez pour quelle demande."},
    )
    autre_nom = forms.CharField(
        label="Prénom et nom de cette personne",
        help_text="Seulement si vous avez choisi « Une autre personne ».",
        max_length=160,
        validators=[no_nir],
        required=False,
    )
    autre_naissance = FrenchDateField(
        label="Sa date de naissance",
        help_text="Exemple : 07/03/1958.",
        required=False,
        error_messages={"invalid": "Cette date n’existe pas ou est mal écrite. Exemple : 07/03/1958."},
    )
    motif = forms.ChoiceField(
        label="Motif de l’envoi",
        error_messages={"required": "Choisissez pourquoi vous envoyez ce document."},
    )
    motif_texte = forms.CharField(
        label="Précisez le motif",
        help_text="Seulement si vous avez choisi « Autre motif ». 250 signes au plus.",
        max_length=250,
        validators=[no_nir],
        required=False,
    )

    def __init__(
        self,
        *args: Any,
        personnes: Personnes,
        attendus: Sequence[PapierDemande],
        document: DocumentEnvoye,
        demandes: Sequence[PapierDemande] = (),
        **kwargs: Any,
    ) -> None:
        self.attendus = {f"papier:{papier.pk}": papier for papier in attendus}
        self.demandes = demandes  # all that is asked of the member, which this document may be
        self.personnes = personnes
        super().__init__(*args, **kwargs)
        self.initial = self.answers_of(document)
        self.pareils = self.asked_alike(document)
        if demandes:
            self.fields["pour_demande"].help_text = " ".join(
                [
                    "Votre MSA attend :",
                    " ; ".join(map(waited_for, demandes)) + ".",
                    "Décochez si vous envoyez autre chose.",
                ]
            )
        else:
            del self.fields["pour_demande"]
        if len(self.pareils) > 1:
            set_choices(
                self,
                "quel_papier",
                [
                    *((str(p.pk), asked_in(p)) for p in self.pareils),
                    (AUCUNE, "Aucune des deux" if len(self.pareils) == 2 else "Aucune"),
                ],
            )
        else:
            del self.fields["quel_papier"]
        motifs = [(motif.code, motif.libelle) for motif in nomenclatures().motifs.values()]
        set_choices(self, "nature", [("", "Choisissez…"), *self.nature_choices()])
        set_choices(self, "concerne", list(personnes.choices()))
        set_choices(self, "motif", [("", "Choisissez…"), *motifs])

    def asked_alike(self, document: DocumentEnvoye) -> list[PapierDemande]:
        """What is asked of the nature and the person just chosen, when the member leaves the box ticked; the one chosen before alone."""
        typed, concerne = self.data, self.data.get("concerne", "")
        if not typed.get("pour_demande") or concerne not in dict(self.personnes.choices()):
            return []
        about = DocumentEnvoye(**self.personnes.values(concerne, autre_nom=typed.get("autre_nom", "")))
        alike = asked_alike(typed.get("nature"), about, self.demandes)
        return [papier for papier in alike if papier.pk == document.papier_id] or alike

    @property
    def natures_demandees(self) -> str:
        """The natures that show the box: to the script, which hides it for the others."""
        return " ".join(papier.nature_id for papier in self.demandes)

    def nature_choices(self) -> Choices:
        """Natures by group, the papers asked for before all others."""
        groups: dict[str, list[tuple[str, str]]] = {}
        if self.attendus:
            groups["Demandés par votre MSA"] = [(key, str(papier)) for key, papier in self.attendus.items()]
        for nature in nomenclatures().natures.values():
            groups.setdefault(nature.groupe, []).append((nature.code, nature.libelle))
        return list(groups.items())

    def answers_of(self, document: DocumentEnvoye) -> dict[str, Any]:
        """What the draft already says, as this form types it."""
        if not document.is_described:
            first = self.choice_of(document) or next(iter(self.attendus), "")
            asked = self.attendus.get(first)
            return {
                "pour_demande": True,
                "nature": first or document.nature_id or "",
                "concerne": (asked.concerne_choix if asked else "") or "moi",
                "autre_nom": asked.concerne_nom if asked and asked.concerne == DocumentEnvoye.Concerne.AUTRE else "",
                "motif": "reponse_demande" if self.attendus else "",
            }
        return {
            "pour_demande": document.papier_id is not None,
            "nature": self.choice_of(document) or document.nature_id,
            "libelle_libre": document.libelle_libre,
            "concerne": document.concerne_choix,
            "autre_nom": document.concerne_nom if document.concerne == DocumentEnvoye.Concerne.AUTRE else "",
            "autre_naissance": document.concerne_naissance,
            "motif": document.motif_id,
            "motif_texte": document.motif_texte,
        }

    def choice_of(self, document: DocumentEnvoye) -> str:
        """The paper of the list that the document answers, as it is chosen among the natures; "" when it is not one of them."""
        choice = f"papier:{document.papier_id}"
        return choice if choice in self.attendus else ""

    def clean_autre_naissance(self) -> date | None:
        born: date | None = self.cleaned_data["autre_naissance"]
        if born and not date(1900, 1, 1) <= born <= today_paris():
            raise forms.ValidationError("Cette date de naissance n’est pas possible. Exemple : 07/03/1958.")
        return born

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        natures, motifs = nomenclatures().natures, nomenclatures().motifs
        choice = cleaned.get("nature", "")
        papier = self.attendus.get(choice) or self.chosen_among_alike(cleaned.get("quel_papier", ""))
        nature = papier.nature if papier else natures.get(choice)
        cleaned["papier"], cleaned["nature_choisie"] = papier, nature
        if nature and nature.needs_label and not cleaned.get("libelle_libre"):
            self.add_error("libelle_libre", "Écrivez ce qu’est ce document, par exemple « Devis de clôture ».")
        if cleaned.get("concerne") == "autre":
            if not cleaned.get("autre_nom"):
                self.add_error("autre_nom", "Écrivez le prénom et le nom de la personne concernée.")
            if not cleaned.get("autre_naissance") and "autre_naissance" not in self.errors:
                self.add_error("autre_naissance", "Écrivez la date de naissance de la personne concernée.")
        motif = motifs.get(cleaned.get("motif", ""))
        cleaned["motif_choisi"] = motif
        if motif and motif.needs_text and not cleaned.get("motif_texte"):
            self.add_error("motif_texte", "Écrivez en quelques mots pourquoi vous envoyez ce document.")
        return cleaned

    def chosen_among_alike(self, which: str) -> PapierDemande | None:
        """The paper that the member says it is: the only one of that nature and person, or the one chosen among them."""
        if len(self.pareils) < 2:
            return next(iter(self.pareils), None)
        return next((papier for papier in self.pareils if str(papier.pk) == which), None)

    def values(self) -> dict[str, Any]:
        """What to write in the document, once valid."""
        cleaned = self.cleaned_data
        nature = cleaned["nature_choisie"]
        return {
            "papier": cleaned["papier"],
            "nature": nature,
            "libelle_libre": cleaned["libelle_libre"] if nature.needs_label else "",
            **self.personnes.values(
                cleaned["concerne"], autre_nom=cleaned["autre_nom"], autre_naissance=cleaned["autre_naissance"]
            ),
            "motif": cleaned["motif_choisi"],
            "motif_texte": cleaned["motif_texte"] if cleaned["motif_choisi"].needs_text else "",
        }


class Fichiers(forms.Form):
    """« Ajout d’un fichier »: the sandbox says what each file is worth, not this form."""

    use_required_attribute = False  # a document that has its files already goes on without one more

    fichiers = MultipleFileField(
        label="Fichiers",
        help_text="PDF ou photo (JPEG, PNG, HEIC), 20 Mo au plus par fichier. Une photo par page suffit.",
        widget=MultipleFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.heic,.heif,application/pdf,image/*"}),
    )


class Verification(forms.Form):
    """« Vérification »: medical or not, and the attestation, unticked."""

    medical = forms.TypedChoiceField(
        label="Ce document contient-il des informations médicales ?",
        help_text="Par exemple : un certificat médical, un compte rendu d’hôpital, un arrêt de travail.",
        choices=[("oui", "Oui"), ("non", "Non")],
        widget=forms.RadioSelect,
        coerce=lambda answer: answer == "oui",
        error_messages={"required": "Répondez Oui ou Non : un document médical part par la poste."},
    )
    attestation = forms.BooleanField(
        label="J’atteste la conformité des documents",
        help_text=ATTESTATIONS[ATTESTATION],
        error_messages={"required": "Cochez cette case pour attester que vos documents sont conformes aux originaux."},
    )


class Reprise(forms.Form):
    """A document given before, and the attestation, unticked, as for any sending."""

    document = forms.ChoiceField(
        label="Quel document voulez-vous reprendre ?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez un document.", "invalid_choice": "Choisissez un document de la liste."},
    )
    attestation = forms.BooleanField(
        label="J’atteste la conformité des documents",
        help_text=ATTESTATIONS[ATTESTATION],
        error_messages={"required": "Cochez cette case pour attester que ce document est conforme à l’original."},
    )

    def __init__(self, *args: Any, candidates: Sequence[Deja], is_chosen: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.candidates = {deja.cle: deja for deja in candidates}
        set_choices(self, "document", [(cle, deja.libelle) for cle, deja in self.candidates.items()])
        if candidates and (is_chosen or candidates[0].is_same):
            self.initial.setdefault("document", candidates[0].cle)

    @property
    def choix(self) -> list[tuple[Deja, bool]]:
        """Each document, and whether it is the one chosen."""
        chosen = self["document"].value()
        return [(deja, cle == chosen) for cle, deja in self.candidates.items()]

    @property
    def chosen(self) -> Deja:
        return self.candidates[self.cleaned_data["document"]]


class DejaDonne(forms.Form):
    """A document of the member’s library, to add to a draft."""

    document = forms.ChoiceField(
        label="Quel document voulez-vous reprendre ?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez un document.", "invalid_choice": "Choisissez un document de la liste."},
    )

    def __init__(self, *args: Any, documents: Sequence[Document], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.documents = {str(document.pk): document for document in documents}
        set_choices(self, "document", [(cle, named(document)) for cle, document in self.documents.items()])

    @property
    def chosen(self) -> Document:
        return self.documents[self.cleaned_data["document"]]


class Absent(forms.Form):
    """« Je n’ai pas ce papier »."""

    mot = forms.CharField(
        label="Dites-nous pourquoi",
        help_text="Par exemple : « Je n’ai plus de bail, je loge chez ma sœur. » Un agent vous répond.",
        max_length=1000,
        validators=[no_nir],
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Écrivez en quelques mots pourquoi vous n’avez pas ce papier."},
    )
