"""One example of each message of the house: the function that writes it, what makes it leave, and how to call it.

A new function of an `emails.py` needs its line here, and a test says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from config.env import ENV
from enclos.accueil.donnees import emails as copies
from enclos.accueil.fermeture import emails as fermeture
from enclos.accueil.models import CopieDonnees
from enclos.agents import emails as agents
from enclos.agents.assistance import emails as assistance
from enclos.agents.models import Alerte
from enclos.avis import emails as avis
from enclos.bibliotheque import emails as bibliotheque
from enclos.comptes import codes
from enclos.comptes import emails as comptes
from enclos.comptes.coordonnees import contestation
from enclos.comptes.coordonnees import emails as coordonnees
from enclos.comptes.facteurs import emails as facteurs
from enclos.comptes.models import Avertissement, ClePasse
from enclos.demo.decor import CODE, SECRET, Decor, affaire, by_sms, with_papers
from enclos.envois import emails as envois
from enclos.envois.models import DocumentEnvoye
from enclos.inscription import emails as inscription
from enclos.journal.actions import SYSTEM
from enclos.messagerie import emails as messagerie
from enclos.socle.dates import today_paris
from enclos.suivi import emails as suivi

type Geste = Callable[[Decor], object]


@dataclass(frozen=True)
class Exemple:
    """A message: the function that writes it, what makes it leave, and how to call it."""

    fonction: Callable[..., object]
    quand: str
    geste: Geste


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
            Exemple(messagerie.piece_medicale, "Un agent retire un fichier médical.", lambda d: messagerie.piece_medicale(d.message(), 1, by=SYSTEM)),
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
