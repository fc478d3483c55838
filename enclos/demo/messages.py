"""Every message of the house, with invented people: what an e-mail, a text message or a letter says, without waiting for its day.

The messages are written by their own functions, in a transaction that is undone: what is shown here is what would leave. A new
function of an `emails.py` needs its line in `EXEMPLES`, and a test says so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import strip_tags
from django.views.decorators.http import require_safe

from config.env import ENV
from enclos.accueil.donnees import emails as copies
from enclos.accueil.fermeture import emails as fermeture
from enclos.accueil.models import CopieDonnees
from enclos.agents import emails as agents
from enclos.agents.assistance import emails as assistance
from enclos.agents.models import Alerte
from enclos.avis import emails as avis
from enclos.avis.models import Avis, Preference
from enclos.bibliotheque import emails as bibliotheque
from enclos.bibliotheque.models import Document
from enclos.caisses.access import default_caisse
from enclos.caisses.models import Caisse, Nature, Service
from enclos.comptes import codes
from enclos.comptes import emails as comptes
from enclos.comptes.coordonnees import contestation
from enclos.comptes.coordonnees import emails as coordonnees
from enclos.comptes.facteurs import emails as facteurs
from enclos.comptes.models import Acceptation, Avertissement, Changement, ClePasse, Compte
from enclos.courrier import lisible, textos
from enclos.courrier.models import Courriel, Lettre, Texto
from enclos.courrier.papier import typeset
from enclos.envois import emails as envois
from enclos.envois.models import DemandePapiers, DocumentEnvoye, Envoi, PapierDemande
from enclos.inscription import emails as inscription
from enclos.journal.actions import SYSTEM
from enclos.messagerie import emails as messagerie
from enclos.messagerie.models import Fil, Message, Sujet
from enclos.registre.models import Personne
from enclos.socle.dates import today_paris
from enclos.suivi import emails as suivi
from enclos.suivi.models import Affaire, Genre

SECRET = "K7MP-Q2RT-W9XB-H4CD"
CODE = "482913"
REFERENCE = "PH4-XM2-K7D"


@dataclass
class Decor:
    """Somebody invented, for the time of a transaction: an account with an e-mail, a mobile, and text messages wanted."""

    personne: Personne
    compte: Compte
    agent: Compte
    numbers: Iterator[str] = field(default_factory=lambda: (f"+336123{number:05d}" for number in range(100_000)))

    def envoi(self) -> Envoi:
        return Envoi(
            caisse=self.personne.caisse,
            personne=self.personne,
            compte=self.compte,
            reference=REFERENCE,
            submitted_at=timezone.now(),
            sender={"courriel": self.compte.courriel},
        )

    def demande(self) -> DemandePapiers:
        caisse, due_on = self.personne.caisse, today_paris() + timedelta(days=15)
        demande = DemandePapiers.objects.create(
            caisse=caisse, service=service_of(caisse), personne=self.personne, libelle="Votre aide au logement", due_on=due_on
        )  # fmt: skip
        nature = Nature.objects.order_by("rang", "pk")[:1].get()
        PapierDemande.objects.create(
            demande=demande, rang=1, nature=nature, raison="Pour recalculer votre aide.", due_on=due_on, recu_on=today_paris()
        )  # fmt: skip
        return demande

    def papier(self) -> PapierDemande:
        return self.demande().papiers.get()

    def avertissement(self, objet: str = Avertissement.Objet.MOT_DE_PASSE) -> Avertissement:
        return Avertissement(
            compte=self.compte,
            objet=objet,
            courriel=self.compte.courriel,
            expire_at=timezone.now() + contestation.LIFE,
        )

    def changement(self) -> Changement:
        return Changement(compte=self.compte, champ=Changement.Champ.ADRESSE, effet_le=today_paris())

    def acceptation(self) -> Acceptation:
        return Acceptation(compte=self.compte, texte=Acceptation.Texte.E_DOCUMENTS, version="2026-11-22")

    def fil(self) -> Fil:
        """A thread that an agent closed, with a réclamation: whatever each function reads of it."""
        caisse, legal_on = self.personne.caisse, today_paris() + timedelta(days=20)
        now = timezone.now()
        item = Affaire.objects.create(
            caisse=caisse, service=service_of(caisse), personne=self.personne, reference=REFERENCE, libelle="Réclamation",
            genre=Genre.RECLAMATION, received_at=now, service_since=now, due_on=legal_on, rang_on=legal_on, legal_on=legal_on,
        )  # fmt: skip
        return Fil.objects.create(
            caisse=caisse, personne=self.personne, service=service_of(caisse), affaire=item, opened_at=now,
            sujet=Sujet.objects.order_by("pk")[:1].get(), closed_at=now, closed_by=Fil.Cloture.AGENT,
        )  # fmt: skip

    def message(self) -> Message:
        return Message.objects.create(
            fil=self.fil(), auteur=Message.Auteur.ADHERENT, compte=self.compte, sent_at=timezone.now(),
            due_on=today_paris() + timedelta(days=10), sender={"courriel": self.compte.courriel},
        )  # fmt: skip

    def document(self) -> Document:
        return Document(personne=self.personne, service="Famille et logement", filed_at=timezone.now())

    def avis(self) -> list[Avis]:
        return [
            Avis(personne=self.personne, titre=f"Votre envoi {REFERENCE} : un agent a répondu", evenement="decision"),
            Avis(personne=self.personne, titre="Un envoi n’est pas terminé", evenement="brouillon"),
        ]


def decor() -> Decor:
    """Made by hand: the factories are not installed with the demo."""
    caisse = default_caisse()
    personne = Personne.objects.create(
        ref="GALERIE", caisse=caisse, civilite="MME", nom_naissance="Delattre", prenoms="Jeanne", profils=["particulier"],
        date_naissance=date(1985, 5, 14), adresse4="12 RUE DU MOULIN", code_postal="59190", localite="HAZEBROUCK",
        email="jeanne.registre@enclos.example", telephone="0612345678",
    )  # fmt: skip
    compte = Compte.objects.create(
        genre=Compte.Genre.ADHERENT, caisse=caisse, personne=personne, courriel="jeanne@enclos.example",
        courriel_verifie_at=timezone.now(), telephone="+33612300000", telephone_verifie_at=timezone.now(),
    )  # fmt: skip
    agent = Compte.objects.create(
        genre=Compte.Genre.AGENT, caisse=caisse, identifiant="galerie", nom="Camille Roy", courriel="camille@enclos.example"
    )  # fmt: skip
    Preference.objects.bulk_create(
        Preference(compte=compte, evenement=evenement, canal="sms", is_wanted=True)
        for evenement in ("decision", "papiers-demandes", "papiers-rappel")
    )
    personne.compte = compte
    return Decor(personne, compte, agent)


type Geste = Callable[[Decor], object]


@dataclass(frozen=True)
class Exemple:
    """A message: the function that writes it, what makes it leave, and how to call it."""

    fonction: Callable[..., object]
    quand: str
    geste: Geste


def service_of(caisse: Caisse) -> Service:
    return Service.objects.filter(caisse=caisse).order_by("pk")[:1].get()


def affaire(d: Decor) -> Affaire:
    return Affaire(
        personne=d.personne,
        caisse=d.personne.caisse,
        service=service_of(d.personne.caisse),
        service_since=timezone.now(),
        reference=REFERENCE,
        ended_at=timezone.now(),
    )


EXEMPLES: tuple[tuple[str, tuple[Exemple, ...]], ...] = (
    (
        "Envoyer un document",
        (
            Exemple(envois.envoi_recu, "Un envoi est complet.", lambda d: envois.envoi_recu(d.envoi(), by=SYSTEM)),
            Exemple(envois.envoi_enregistre, "L’antivirus n’a pas fini.", lambda d: envois.envoi_enregistre(d.envoi(), by=SYSTEM)),
            Exemple(envois.fichier_dangereux, "L’antivirus a trouvé un danger.", lambda d: envois.fichier_dangereux(d.envoi(), by=SYSTEM)),
            Exemple(envois.document_medical, "Un agent retire un papier médical.", lambda d: envois.document_medical(DocumentEnvoye(envoi=d.envoi(), rang=1), by=SYSTEM)),
            Exemple(envois.decision_rendue, "Un agent répond.", lambda d: envois.decision_rendue(affaire(d), by=SYSTEM)),
            Exemple(suivi.transmis, "Un autre service s’en charge.", lambda d: suivi.transmis(affaire(d), by=SYSTEM)),
            Exemple(envois.papiers_demandes, "Il manque un papier.", lambda d: envois.papiers_demandes(d.demande(), by=SYSTEM)),
            Exemple(envois.papiers_bientot, "La date approche.", lambda d: envois.papiers_bientot(d.demande(), today_paris() + timedelta(days=5), by=SYSTEM)),
            Exemple(envois.papiers_demain, "La date est demain.", lambda d: envois.papiers_demain(d.demande(), today_paris() + timedelta(days=1), by=SYSTEM)),
            Exemple(envois.papiers_depasses, "La date est passée.", lambda d: envois.papiers_depasses(*with_papers(d), by=SYSTEM)),
            Exemple(envois.papiers_prolonges, "Un agent laisse plus de temps.", lambda d: envois.papiers_prolonges(d.demande(), by=SYSTEM)),
            Exemple(envois.papier_retire, "Un papier n’est plus demandé.", lambda d: envois.papier_retire(d.papier(), by=SYSTEM)),
            Exemple(envois.papier_a_refaire, "Un papier est à refaire.", lambda d: envois.papier_a_refaire(d.papier(), by=SYSTEM)),
            Exemple(envois.papier_explique, "Un agent répond à « Je n’ai pas ce papier ».", lambda d: envois.papier_explique(d.papier(), by=SYSTEM)),
            Exemple(envois.papier_propose, "Un agent a retrouvé un papier.", lambda d: envois.papier_propose(d.papier(), by=SYSTEM)),
            Exemple(envois.papiers_recus_par_la_poste, "Les papiers arrivent par la poste.", lambda d: envois.papiers_recus_par_la_poste(*with_papers(d), by=SYSTEM)),
            Exemple(envois.brouillon_bientot_efface, "Un brouillon dort.", lambda d: envois.brouillon_bientot_efface(d.envoi(), by=SYSTEM)),
        ),
    ),
    (
        "Mes messages",
        (
            Exemple(messagerie.message_recu, "Un message est arrivé.", lambda d: messagerie.message_recu(d.message(), by=SYSTEM)),
            Exemple(messagerie.message_enregistre, "L’antivirus n’a pas fini.", lambda d: messagerie.message_enregistre(d.message(), by=SYSTEM)),
            Exemple(messagerie.fichier_dangereux, "L’antivirus a trouvé un danger.", lambda d: messagerie.fichier_dangereux(d.message(), by=SYSTEM)),
            Exemple(messagerie.message_repondu, "Un agent répond.", lambda d: messagerie.message_repondu(d.message(), by=SYSTEM)),
            Exemple(messagerie.nouvelle_date, "La réponse prendra plus de temps.", lambda d: messagerie.nouvelle_date(d.message(), by=SYSTEM)),
            Exemple(messagerie.fil_clos, "L’échange est clos.", lambda d: messagerie.fil_clos(d.fil(), by=SYSTEM)),
            Exemple(messagerie.reclamation_proche, "La date d’une réclamation approche.", lambda d: messagerie.reclamation_proche(d.fil(), by=SYSTEM)),
            Exemple(messagerie.reclamation_echue, "La date d’une réclamation est passée.", lambda d: messagerie.reclamation_echue(d.fil(), by=SYSTEM)),
            Exemple(messagerie.brouillon_bientot_efface, "Un message n’est pas envoyé.", lambda d: messagerie.brouillon_bientot_efface(d.message(), by=SYSTEM)),
        ),
    ),
    (
        "Mes documents",
        (
            Exemple(
                bibliotheque.document_notifie,
                "Un document qui fait courir un délai est déposé.",
                lambda d: bibliotheque.document_notifie(d.document(), by=SYSTEM),
            ),
            Exemple(
                bibliotheque.documents_recus,
                "D’autres documents sont déposés.",
                lambda d: bibliotheque.documents_recus(d.document(), by=SYSTEM),
            ),
        ),
    ),
    (
        "Mes avis",
        (
            Exemple(avis.resume, "L’adhérent a choisi un résumé.", lambda d: avis.resume(d.avis(), key="galerie.resume", by=SYSTEM)),
            Exemple(avis.renvoi, "Une nouvelle adresse est vérifiée.", lambda d: avis.renvoi(d.avis()[:1], key="galerie.renvoi", by=SYSTEM)),
            Exemple(avis.sms_non_parti, "Un SMS n’a pas pu partir.", lambda d: avis.sms_non_parti(d.avis()[0], by=SYSTEM)),
            Exemple(
                avis.e_documents_acceptes,
                "L’adhérent accepte ses documents ici.",
                lambda d: avis.e_documents_acceptes(d.compte, d.acceptation(), by=SYSTEM),
            ),
            Exemple(
                avis.e_documents_retires,
                "L’adhérent revient au papier.",
                lambda d: avis.e_documents_retires(d.compte, d.acceptation(), today_paris() + timedelta(days=30), by=SYSTEM),
            ),
        ),
    ),
    (
        "Pour les responsables d’équipe",
        (
            Exemple(
                agents.alerte,
                "Quelque chose demande un regard.",
                lambda d: agents.alerte(Alerte(pk=1, caisse=d.compte.caisse), d.agent, by=SYSTEM),
            ),
            Exemple(
                agents.point_du_jour,
                "Chaque matin ouvré, pour qui l’a demandé.",
                lambda d: agents.point_du_jour(
                    d.agent, today_paris(), ["Famille et logement : 12 à prendre, 3 en cours, 1 en retard."], by=SYSTEM
                ),
            ),
        ),
    ),
    (
        "Se connecter",
        (
            Exemple(
                comptes.code,
                "Une adresse est à vérifier.",
                lambda d: comptes.code("galerie.code", CODE, to=d.compte.courriel, caisse=d.compte.caisse, by=SYSTEM),
            ),
            Exemple(codes.send_by_sms, "Un code part par SMS.", lambda d: by_sms(d)),
            Exemple(
                comptes.mot_de_passe_provisoire,
                "Un compte s’ouvre, ou un mot de passe est perdu.",
                lambda d: comptes.mot_de_passe_provisoire(
                    d.compte, SECRET, timezone.now() + timedelta(days=ENV.mail_password_days), key="galerie.mdp", by=SYSTEM
                ),
            ),
            Exemple(inscription.deja_un_espace, "Une inscription, alors qu’un compte existe.", lambda d: inscription.deja_un_espace(d.compte, by=SYSTEM)),
            Exemple(
                inscription.acces_ouvert,
                "Un compte s’ouvre avec une adresse inconnue de la caisse.",
                lambda d: inscription.acces_ouvert(d.compte, d.personne, by=SYSTEM),
            ),
        ),
    ),
    (
        "Mon compte change",
        (
            *(
                Exemple(
                    coordonnees.avertissement,
                    coordonnees.SUBJECTS[objet] + ".",
                    lambda d, objet=objet: coordonnees.avertissement(  # type: ignore[misc]
                        d.avertissement(objet), f"{ENV.base_url}/ce-n-est-pas-moi/…", by=SYSTEM
                    ),
                )
                for objet in Avertissement.Objet
            ),
            Exemple(
                contestation.tell_by_text,
                "Le même avertissement, par SMS.",
                lambda d: contestation.tell_by_text(
                    d.compte, Avertissement.Objet.COURRIEL, next(d.numbers), at=timezone.now(), by=SYSTEM
                ),
            ),
            Exemple(coordonnees.conteste, "« Ce n’est pas moi ».", lambda d: coordonnees.conteste(d.avertissement(), is_letter_sent=True, by=SYSTEM)),
            Exemple(
                coordonnees.adresse_annulee,
                "Le changement d’adresse est abandonné.",
                lambda d: coordonnees.adresse_annulee(d.compte, d.changement(), by=SYSTEM),
            ),
            Exemple(facteurs.changed, "La clé ou le code d’un agent change.", lambda d: facteurs.changed(d.agent, by=SYSTEM)),
            Exemple(facteurs.code_de_secours_servi, "Un code de secours a servi.", lambda d: facteurs.code_de_secours_servi(d.compte, 3, by=SYSTEM)),
            Exemple(facteurs.cle_copiee, "Une clé d’accès existe en double.", lambda d: facteurs.cle_copiee(ClePasse(compte=d.compte), by=SYSTEM)),
            Exemple(
                facteurs.lettre_demandee,
                "La double vérification est perdue.",
                lambda d: facteurs.lettre_demandee(d.compte, timezone.now() + timedelta(days=30), by=SYSTEM),
            ),
            Exemple(
                copies.copie_prete,
                "La copie de mes données est prête.",
                lambda d: copies.copie_prete(
                    d.compte, CopieDonnees(compte=d.compte, expire_at=timezone.now() + timedelta(days=7)), by=SYSTEM
                ),
            ),
            Exemple(fermeture.compte_ferme, "Le compte est fermé.", lambda d: fermeture.compte_ferme(d.compte, by=SYSTEM)),
            *(
                Exemple(
                    assistance.assistance_a_agi,
                    f"L’assistance a agi : {what}.",
                    lambda d, acte=acte: assistance.assistance_a_agi(d.personne, acte, by=SYSTEM),  # type: ignore[misc]
                )
                for acte, what in assistance.WHAT.items()
            ),
        ),
    ),
)  # fmt: skip


def with_papers(d: Decor) -> tuple[DemandePapiers, list[PapierDemande]]:
    demande = d.demande()
    return demande, list(demande.papiers.all())


def by_sms(d: Decor) -> None:
    codes.send_by_sms("galerie", "galerie", to=next(d.numbers), caisse=d.compte.caisse, by=SYSTEM)


@dataclass(frozen=True)
class Rendu:
    """What one example writes."""

    nom: str  # « envois.emails.envoi_recu »
    quand: str
    courriels: list[dict[str, str]]
    textos: list[str]


def rendered() -> list[tuple[str, list[Rendu]]]:
    """Every example as it would leave, by chapter; nothing of it stays in the database."""
    with transaction.atomic():
        d = decor()
        told = [(titre, [played(exemple, d) for exemple in exemples]) for titre, exemples in EXEMPLES]
        transaction.set_rollback(True)
    return told


def played(exemple: Exemple, d: Decor) -> Rendu:
    """One example. Each has a mobile of its own, so that the share of a number is not spent by the others."""
    d.compte.telephone = next(d.numbers)
    d.compte.save(update_fields=["telephone"])
    last = {
        model: model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
        for model in (Courriel, Texto)
    }
    exemple.geste(d)
    courriels = [
        described(row) for row in Courriel.objects.select_related("caisse").filter(pk__gt=last[Courriel]).order_by("pk")
    ]
    texts = [row.with_secret(row.text) for row in Texto.objects.filter(pk__gt=last[Texto]).order_by("pk")]
    fonction: Any = exemple.fonction
    return Rendu(f"{fonction.__module__.removeprefix('enclos.')}.{fonction.__name__}", exemple.quand, courriels, texts)  # fmt: skip


def described(row: Courriel) -> dict[str, str]:
    html = lisible.html_of(row)
    return {
        "a": row.to,
        "objet": row.subject,
        "texte": row.with_secret(row.text),
        "html": html,
        "html_lu": strip_tags(html.partition("<body")[2].partition(">")[2]).strip(),
    }


@cache
def kept(day: date, with_textos: bool) -> list[tuple[str, list[Rendu]]]:
    """Played once a day by each process: the words change with the code, the dates with the day."""
    return rendered()


LETTRES: dict[str, dict[str, Any]] = {
    Lettre.Genre.AVIS: {"nombre": 2, "depuis": "1er novembre 2026", "en_ligne": True, "accuses": []},
    Lettre.Genre.PAPIERS: {
        "demande": REFERENCE,
        "libelle": "Votre aide au logement",
        "message": "",
        "avant": "15 décembre 2026",
        "papiers": [
            {
                "rang": 1,
                "libelle": "Bail, toutes les pages",
                "personne": "Jeanne Delattre",
                "raison": "Pour recalculer votre aide.",
                "avant": "15 décembre 2026",
                "indispensable": True,
                "sinon": "Sans lui, nous ne pouvons pas calculer votre aide.",
            }
        ],
        "effet": "Votre dossier attend ce papier.",
        "base": "Code des relations entre le public et l’administration, article L114-5",
        "service": "Famille et logement",
        "retour": ["MSA Nord-Pas de Calais", "33 rue du Grand But", "59716 Lille Cedex 9"],
    },
}
AVEC_SECRET = {Lettre.Genre.MOT_DE_PASSE: SECRET, Lettre.Genre.CODE: "48392017"}


def sample_letter(genre: str) -> Lettre:
    """A letter that is not in the database. Raises `Http404` on a kind that has no sample."""
    if genre not in Lettre.Genre.values:
        raise Http404
    now = timezone.now()
    lettre = Lettre(
        cle="galerie", reference="KM7-RP4-QB2", genre=genre, caisse=default_caisse(), created_at=now,
        expire_at=now + timedelta(days=30), destinataire=["Mme Jeanne Delattre", "12 RUE DU MOULIN", "59190 HAZEBROUCK"],
        donnees=LETTRES.get(genre, {}),
    )  # fmt: skip
    lettre.seal_secret(AVEC_SECRET.get(Lettre.Genre(genre), ""))
    return lettre


@login_not_required
@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """The gallery."""
    told = {
        "chapitres": kept(today_paris(), textos.is_configured()),
        "lettres": Lettre.Genre.choices,
        "avec_sms": textos.is_configured(),
    }
    return render(request, "demo/messages.html", told)


@login_not_required
@require_safe
def lettre(request: HttpRequest, genre: str) -> HttpResponse:
    """A letter of each kind, as the printer gets it."""
    pdf = typeset(sample_letter(genre))
    return HttpResponse(
        pdf, "application/pdf", headers={"Content-Disposition": f'inline; filename="exemple-{genre}.pdf"'}
    )
