"""Every address of the portal against everybody who may not have it: what is not allowed by name is refused.

An address that `ALLOWED` does not know makes the suite fail: who may have it is decided when it is written.
"""

from typing import Any

import pytest
from django.test import Client

from config.env import ENV
from enclos.caisses.access import default_caisse
from enclos.coffre.models import Fichier
from enclos.comptes.models import Compte, Session
from enclos.demo.factories import CompteFactory
from enclos.envois.models import Envoi, PageEnvoyee
from enclos.messagerie.models import Message
from enclos.suivi.models import Affaire
from tests.agents.conftest import envoyer  # noqa: F401 (a fixture)
from tests.conftest import Acteur
from tests.scene import ADDRESSES, UNKNOWN, Scene, set_up

pytestmark = pytest.mark.django_db

EVERYBODY, MEMBERS, OWNER, AGENTS, TEAM, SIGNED_IN = "everybody", "members", "owner", "agents", "team", "signed in"
SUPERVISORS, IN_CHARGE = "superviseurs of the team", "the agent in charge"
FUND = "agents of the member’s fund"
HELP_DESK, CALLER = "agents of the help desk", "the agent of the help desk who opened the call"

# Who may have each address. Below an app, `*` is for the names that are not told.
ALLOWED = {
    "accueil:espace": MEMBERS,
    "accueil:contact": MEMBERS,
    "accueil:*": EVERYBODY,
    "comptes:connexion": EVERYBODY,
    "comptes:deconnexion": EVERYBODY,
    # None exists where the provider is not configured: tests/federation has them all.
    "comptes:franceconnect_depart": "nobody: not configured here",
    "comptes:franceconnect_retour": "nobody: not configured here",
    "comptes:franceconnect_deconnecte": "nobody: not configured here",
    "comptes:organisme_depart": "nobody: not configured here",
    "comptes:organisme_retour": "nobody: not configured here",
    "comptes:franceconnect": "nobody: not configured here",
    "comptes:franceconnect_associer": "nobody: not configured here",
    "comptes:franceconnect_dissocier": "nobody: not configured here",
    "comptes:prolonger": EVERYBODY,
    "comptes:code": SIGNED_IN,
    "comptes:reprendre": SIGNED_IN,
    "comptes:nouveau_mot_de_passe": SIGNED_IN,
    "comptes:preuve": SIGNED_IN,
    "comptes:oubli": EVERYBODY,
    "comptes:oubli_code": EVERYBODY,
    "comptes:oubli_autrement": EVERYBODY,
    "comptes:oubli_courrier": EVERYBODY,
    **dict.fromkeys(
        [
            "accueil:compte",
            "accueil:consultations",
            "accueil:mes_donnees",
            "accueil:telecharger_donnees",  # a fresh proof comes first: tests/guichet says whose copy it is
            "accueil:fermer",
            "comptes:coordonnees",
            "comptes:courriel",
            "comptes:courriel_verifier",
            "comptes:courriel_code",
            "comptes:telephone",
            "comptes:telephone_code",
            "comptes:telephone_retirer",
            "comptes:adresse",
            "comptes:adresse_annuler",
            "comptes:changer_mot_de_passe",
            "comptes:appareils",
            "comptes:fermer_session",
            "comptes:fermer_sessions",
            "comptes:oublier_appareils",
        ],
        MEMBERS,
    ),
    **dict.fromkeys(
        [
            "comptes:facteurs",
            *(
                f"comptes:facteurs_{page}"
                for page in (
                    "telephone",
                    "telephone_retirer",
                    "cle",
                    "cle_options",
                    "cle_modifier",
                    "cle_retirer",
                    "codes",
                    "codes_fichier",
                    "codes_notes",
                    "fermer_autres",
                )
            ),
        ],
        MEMBERS,
    ),
    **dict.fromkeys(
        [
            "comptes:securite",
            *(
                f"comptes:securite_{page}"
                for page in (
                    "telephone",
                    "cle",
                    "cle_options",
                    "cle_modifier",
                    "cle_retirer",
                    "fermer_autres",
                )
            ),
        ],
        AGENTS,
    ),
    "comptes:double_verification": SIGNED_IN,
    "comptes:options_second": SIGNED_IN,
    "comptes:code_de_secours": SIGNED_IN,
    "comptes:code_par_courrier": SIGNED_IN,
    "comptes:preuve_par_cle": SIGNED_IN,
    "comptes:options_preuve": SIGNED_IN,
    "comptes:connexion_par_cle": EVERYBODY,
    "comptes:options_entree": EVERYBODY,
    "comptes:ce_n_est_pas_moi": EVERYBODY,  # who has the link; it acts once
    "avis:ouvrir": OWNER,
    "avis:*": MEMBERS,
    "inscription:niveau": MEMBERS,
    "inscription:nouveau_courrier": MEMBERS,
    "inscription:*": EVERYBODY,  # a registration is found by the cookie of its browser
    "accuses:verifier": EVERYBODY,
    "api:healthz": EVERYBODY,
    "api:readyz": EVERYBODY,
    "api:metrics": "nobody without the token",
    "envois:objet": MEMBERS,
    "envois:envois": MEMBERS,
    "envois:*": OWNER,
    "bibliotheque:documents": MEMBERS,
    "bibliotheque:selection": MEMBERS,  # of one's own documents: others are as if they were not there
    "bibliotheque:tout_zip": MEMBERS,
    "bibliotheque:tout_pdf": MEMBERS,
    "bibliotheque:*": OWNER,
    "agents:papiers_recus": AGENTS,
    "messagerie:messages": MEMBERS,
    "messagerie:nouveau": MEMBERS,
    "messagerie:recours_en_general": MEMBERS,
    "messagerie:*": OWNER,
    "agents:files": AGENTS,
    "agents:suivant": AGENTS,
    "agents:surveiller": AGENTS,
    "agents:modeles": SUPERVISORS,  # and who administers: tests/agents/test_modeles.py
    "agents:ajouter_modele": SUPERVISORS,
    "agents:modele": "who supervises or administers",
    "agents:regards": SUPERVISORS,  # and who counts: tests/agents/test_second_regard.py
    "agents:confirmer": SUPERVISORS,
    "agents:renvoyer": SUPERVISORS,
    "agents:barrer_note": "who supervises",  # tests/agents/test_notes.py
    **dict.fromkeys(
        ["agents:filtres", "agents:enregistrer_filtre", "agents:lots", "agents:nouveau_lot", "agents:apercu_lot"],
        AGENTS,
    ),
    **dict.fromkeys(["agents:confirmer_lot", "agents:absences"], AGENTS),
    **dict.fromkeys(
        ["agents:modifier_filtre", "agents:supprimer_filtre", "agents:retirer_absence"], "who made it"
    ),  # tests/agents/test_files.py, test_equipe.py
    **dict.fromkeys(["agents:lot", "agents:annuler_lot", "agents:approuver_lot"], "who made it"),  # test_lots.py
    **dict.fromkeys(["agents:agent", "agents:tout_remettre"], "who supervises them"),  # test_equipe.py
    **dict.fromkeys(["agents:equipe", "agents:attribuer", "agents:transferer"], SUPERVISORS),
    "agents:original": IN_CHARGE,
    "agents:page": IN_CHARGE,  # by the token of who opened it
    "agents:recherche": AGENTS,
    "agents:personne": FUND,
    **dict.fromkeys(["agents:personne_papiers", "agents:personne_ecrire"], FUND),  # tests/agents/test_sollicitations.py
    "agents:supervision": SUPERVISORS,
    "agents:point": SUPERVISORS,
    # Of roles that nobody has here: tests/agents/test_roles.py has every role.
    **dict.fromkeys(
        [
            f"agents:{page}"
            for page in (
                "quota",
                "alerte",
                "administration",
                "revue",
                "nouvel_agent",
                "compte_agent",
                "role",
                "desactiver",
                "reactiver",
                "mot_de_passe_agent",
                "facteur_agent",
                "proposition",
            )
        ],
        "nobody: of another role",
    ),
    "delais:*": EVERYBODY,
    "agents:*": TEAM,
    "assistance:recherche": HELP_DESK,
    "assistance:ouvrir": HELP_DESK,
    "assistance:*": CALLER,
    "demo:*": EVERYBODY,  # not installed in production: tests/demo and tests/api/test_doctor.py
}
# Allowed, and a GET finds nothing or leads elsewhere all the same.
UNFINISHED = {
    "bibliotheque:tout_pdf",  # the neighbours have nothing to download
    "bibliotheque:tout_zip",
    "envois:par_la_poste",  # this document does not go by post
    "demo:courriel",  # no mail was written
    "demo:lettre",  # nor any letter
    "comptes:connexion",  # leads to the code, or home
    "comptes:deconnexion",
    "comptes:code",  # for agents who have not given theirs
    "comptes:reprendre",  # nothing to take up again
    "comptes:oubli_code",  # nothing was asked yet
    "comptes:oubli_autrement",
    "comptes:oubli_courrier",
    "comptes:double_verification",  # for who has one and has not given it
    "comptes:code_de_secours",
    "comptes:code_par_courrier",
    "comptes:connexion_par_cle",  # leads to the code, as the sign-in page does
    "comptes:facteurs_codes_fichier",  # no codes were just made
    "comptes:ce_n_est_pas_moi",  # this link is none of ours
    "comptes:nouveau_mot_de_passe",  # for whoever came in with a provisional one
    "agents:suivant",
    "agents:preparer",  # sent by the screen of a document
    "agents:laisser",
    "agents:noter",
    "agents:effacer_note",
    "agents:nouveau_lot",  # nothing chosen leads back to the queues
    "messagerie:recours",  # this thread is no réclamation
    "agents:repondre",  # leads back to the thread
    "agents:decider_message",
    "agents:retirer_piece",
}
# `Cache-Control` of what holds nothing of anybody.
KEPT_BY_CACHES = {"accueil:theme", "accueil:security_txt", "accueil:robots_txt", "accueil:favicon"}


def allowed(name: str) -> str:
    return ALLOWED.get(name) or ALLOWED[f"{name.partition(':')[0]}:*"]


@pytest.fixture
def scene(adherente: Acteur, voisin: Acteur, agente: Acteur, collegue: Acteur, envoyer: Any) -> Scene:  # noqa: F811
    return set_up(adherente, voisin, agente, collegue, envoyer)


MEMBERS_OF_ALL = {"owner", "neighbour", "member of another fund"}
HELPERS = {"agent of the help desk", "other agent of the help desk"}
AGENTS_OF_ALL = {"agent", "superviseur", "agent of another team", "agent of another fund", *HELPERS}
EVERYBODY_THERE_IS = {"visitor", *MEMBERS_OF_ALL, *AGENTS_OF_ALL, "agent without code"}
MAY = {
    EVERYBODY: EVERYBODY_THERE_IS,
    SIGNED_IN: EVERYBODY_THERE_IS - {"visitor"},
    MEMBERS: MEMBERS_OF_ALL,
    OWNER: {"owner"},
    AGENTS: AGENTS_OF_ALL,
    FUND: AGENTS_OF_ALL - {"agent of another fund"},
    TEAM: {"agent", "superviseur"},
    SUPERVISORS: {"superviseur"},
    IN_CHARGE: {"agent"},
    HELP_DESK: HELPERS,
    CALLER: {"agent of the help desk"},
}


def is_refused(response: Any) -> bool:
    """404, or the way to the sign-in page or to the second factor."""
    if response.status_code == 404:
        return True
    return response.status_code == 302 and response["Location"].startswith(
        ("/connexion/?suite=", "/connexion/code/?suite=")
    )


def check_headers(name: str, response: Any) -> None:
    """Standards §9.1 and §9.2."""
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'unsafe" not in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "geolocation=()" in response["Permissions-Policy"]
    assert "X-Powered-By" not in response
    assert response["Server"] == "Enclos"
    if response.status_code >= 400 or name not in KEPT_BY_CACHES:
        assert "no-store" in response["Cache-Control"]


def test_every_address_says_who_may_have_it():
    assert [name for name in ADDRESSES if not ALLOWED.get(name) and f"{name.partition(':')[0]}:*" not in ALLOWED] == []


@pytest.mark.parametrize("who", sorted(EVERYBODY_THERE_IS))
def test_only_those_who_may_have_an_address_do(scene: Scene, who: str):
    client, faults = scene.people[who], []
    for name in sorted(ADDRESSES):
        url, may = scene.url(name), MAY.get(allowed(name), set())
        for method in ("GET", "HEAD", "POST", "PUT", "TRACE") if who not in may else ("GET", "PUT", "TRACE"):
            response = client.generic(method, url)
            check_headers(name, response)
            status = response.status_code
            if who not in may and not (is_refused(response) or status == 405):
                faults.append(f"{name}: {method} {status}, to be refused")
            if who in may and method == "GET" and is_refused(response) and name not in UNFINISHED:
                faults.append(f"{name}: {status}, to be had")
            if who in may and method in {"PUT", "TRACE"} and status not in {302, 404, 405}:
                faults.append(f"{name}: {method} {status}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("who", ["visitor", "owner", "agent"])
def test_nothing_is_done_for_a_form_of_another_site(scene: Scene, who: str):
    typed = {"medical": "non", "attestation": "on", "objet": "autres", "nombre": 1, "cle": "paul.verhaeghe"}
    before = figures()
    client = Client(
        enforce_csrf_checks=True, headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://ailleurs.example"}
    )
    client.cookies = scene.people[who].cookies
    for name in sorted(ADDRESSES):
        response = client.post(scene.url(name), typed)
        assert response.status_code == 403 or is_refused(response), (name, response.status_code)
    assert figures() == before


def figures() -> tuple[object, ...]:
    """What a form could have changed."""
    return (
        Envoi.objects.count(),
        Envoi.objects.drafts().count(),
        PageEnvoyee.objects.count(),
        list(Affaire.objects.order_by("pk").values_list("etat", "taken_by")),
        list(Message.objects.order_by("pk").values_list("sent_at", "read_at", "fil__closed_at")),
        set(Session.objects.values_list("pk", flat=True)),
    )


@pytest.mark.parametrize(
    "odd", ["0", "99999999999999999999999999", "%00", "..%2f", "%F0%9F%90%84", "KM7-RP4-QB2", UNKNOWN]
)
def test_odd_values_in_an_address_find_nothing(scene: Scene, odd: str):
    for name, pattern in sorted(ADDRESSES.items()):
        if not pattern.pattern.converters:
            continue
        client = scene.people["agent" if name.startswith("agents:") else "owner"]
        url = scene.url(name).partition("?")[0]
        pieces = url.strip("/").split("/")
        for position in range(1, len(pieces)):
            attempt = (
                f"/{'/'.join([*pieces[:position], odd, *pieces[position + 1 :]])}{'/' if url.endswith('/') else ''}"
            )
            assert client.get(attempt).status_code in {302, 404, 405}, attempt


@pytest.mark.parametrize(
    "query", ["avant=%00", "avant=x", "avant=" + "9" * 5000, "demande=%00", "vers=%00", "suite=%00", "reference=%00"]
)
def test_odd_values_in_a_query_break_nothing(scene: Scene, query: str):
    for name in (
        "envois:envois",
        "envois:objet",
        "envois:bordereau",
        "bibliotheque:documents",
        "comptes:connexion",
        "comptes:appareils",
        "accuses:verifier",
    ):
        assert scene.people["owner"].get(f"{scene.url(name)}?{query}").status_code in {200, 302, 404}


@pytest.mark.parametrize(
    "state",
    [
        {"analyse": Fichier.Analyse.EN_COURS},
        {"analyse": Fichier.Analyse.INFECTE, "retrait": Fichier.Retrait.DANGEREUX},
        {"retrait": Fichier.Retrait.MEDICAL},
    ],
    ids=["being scanned", "dangerous", "medical"],
)
def test_a_file_that_must_not_be_opened_is_not_whoever_holds_the_document(scene: Scene, state: dict[str, str]):
    Fichier.objects.filter(page__document__envoi=scene.sending).update(**state)
    agent = scene.people["agent"]
    for name in ("agents:page", "agents:pdf", "agents:original"):
        assert agent.get(scene.url(name)).status_code == 404, name
        assert agent.post(scene.url(name), {"raison": "Recours ou contrôle"}).status_code in {404, 405}, name
    if "retrait" in state:
        for name in ("envois:original", "envois:copie"):
            assert scene.people["owner"].get(scene.url(name)).status_code == 404, name


def test_a_page_is_not_had_with_the_token_of_somebody_else(scene: Scene):
    colleague = Acteur(CompteFactory(agent=True, services=default_caisse().services.filter(code="famille")))
    assert colleague.get(scene.url("agents:page")).status_code == 404


def test_an_account_closed_meanwhile_has_nothing_any_more(scene: Scene):
    Compte.objects.update(is_active=False)
    for who, name in (("owner", "accueil:espace"), ("agent", "agents:files"), ("agent", "agents:document")):
        assert is_refused(scene.people[who].get(scene.url(name))), name


def test_the_figures_need_the_token_and_nothing_else_will_do(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("enclos.api.sante.ENV", type(ENV)(metrics_token="jeton-secret"))
    for given in ("", "Bearer ", "Bearer jeton", "Bearer jeton-secret2", "Basic jeton-secret", "Bearer é", "\0"):
        assert client.get("/metrics", headers={"Authorization": given}).status_code == 404, given
    assert client.get("/metrics", headers={"Authorization": "Bearer jeton-secret"}).status_code == 200
