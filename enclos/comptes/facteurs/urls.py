"""Addresses of the second factor: at sign-in, for members, for agents. Included by `comptes.urls`, in its names."""

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.urls import path

from enclos.comptes.access import pour_adherent, pour_agent
from enclos.comptes.facteurs import connexion, preuve, views
from enclos.comptes.preuves import preuve_fraiche

type Page = Callable[..., HttpResponseBase]

MEMBER, AGENT = "espace/compte/double-verification/", "agent/securite/"

urlpatterns = [
    path("connexion/double-verification/", connexion.double_verification, name="double_verification"),
    path("connexion/double-verification/cle/", connexion.options_second, name="options_second"),
    path("connexion/double-verification/secours/", connexion.code_de_secours, name="code_de_secours"),
    path("connexion/double-verification/courrier/", connexion.code_par_courrier, name="code_par_courrier"),
    path("connexion/preuve/cle/", preuve.preuve_par_cle, name="preuve_par_cle"),
    path("connexion/preuve/cle/options/", preuve.options_preuve, name="options_preuve"),
    path("connexion/cle/", connexion.connexion_par_cle, name="connexion_par_cle"),
    path("connexion/cle/options/", connexion.options_entree, name="options_entree"),
]

# (address, name, view, whether it changes something: then a fresh proof is asked)
BOTH: list[tuple[str, str, Page, bool]] = [
    ("", "", views.facteurs, False),
    ("telephone/", "_telephone", views.ajouter_telephone, True),
    ("cle/", "_cle", views.ajouter_cle, True),
    ("cle/options/", "_cle_options", views.options_cle, False),
    ("cle/<int:cle>/", "_cle_modifier", views.modifier_cle, True),
    ("cle/<int:cle>/retirer/", "_cle_retirer", views.retirer_cle, True),
    ("fermer-les-autres-connexions/", "_fermer_autres", views.fermer_autres, False),
]
MEMBERS_ALONE: list[tuple[str, str, Page, bool]] = [
    ("telephone/retirer/", "_telephone_retirer", views.retirer_telephone, True),
    ("codes-de-secours/", "_codes", views.codes, True),
    ("codes-de-secours/telecharger/", "_codes_fichier", views.fichier_codes, False),
    ("codes-de-secours/notes/", "_codes_notes", views.codes_notes, False),
]

for address, name, view, changes in BOTH + MEMBERS_ALONE:
    guarded: Page = preuve_fraiche(view) if changes else view
    urlpatterns.append(path(MEMBER + address, pour_adherent(guarded), name=f"facteurs{name}"))
for address, name, view, changes in BOTH:
    guarded = preuve_fraiche(view) if changes else view
    urlpatterns.append(path(AGENT + address, pour_agent(guarded), name=f"securite{name}"))
