"""Addresses below /espace/messages/."""

from django.urls import path

from enclos.messagerie import fils, garder, pieces, views

app_name = "messagerie"

DRAFT = "brouillons/<str:reference>"
FILE = "fichiers/<int:piece_id>"
THREAD = "<str:reference>"

urlpatterns = [
    path("", fils.messages, name="messages"),
    path("nouveau/", views.nouveau, name="nouveau"),
    path("recours/", fils.recours_en_general, name="recours_en_general"),
    path(f"{DRAFT}/", views.reprendre, name="reprendre"),
    path(f"{DRAFT}/sujet/", views.sujet, name="sujet"),
    path(f"{DRAFT}/texte/", views.texte, name="texte"),
    path(f"{DRAFT}/garder/", garder.garder, name="garder"),
    path(f"{DRAFT}/fichiers/", pieces.fichiers, name="fichiers"),
    path(f"{DRAFT}/fichiers/<int:piece_id>/retirer/", pieces.retirer, name="retirer"),
    path(f"{DRAFT}/fichiers/<int:piece_id>/tourner/", pieces.tourner, name="tourner"),
    path(f"{DRAFT}/verification/", views.verification, name="verification"),
    path(f"{DRAFT}/medical/", views.medical, name="medical"),
    path(f"{DRAFT}/page-a-joindre.pdf", views.bordereau, name="bordereau"),
    path(f"{DRAFT}/abandonner/", views.abandonner, name="abandonner"),
    path(f"{FILE}/vignette/", pieces.vignette, name="vignette"),
    path(f"{FILE}/apercu/", pieces.apercu, name="apercu"),
    path(f"{FILE}/apercu/<int:numero>/", pieces.apercu_image, name="apercu_image"),
    path(f"{FILE}/original/", pieces.original, name="original"),
    path(f"{THREAD}/", fils.fil, name="fil"),
    path(f"{THREAD}/garder/", garder.garder_reponse, name="garder_reponse"),
    path(f"{THREAD}/repondre/", fils.repondre, name="repondre"),
    path(f"{THREAD}/page-a-joindre.pdf", fils.page_a_joindre, name="page_a_joindre"),
    path(f"{THREAD}/clore/", fils.clore, name="clore"),
    path(f"{THREAD}/recours/", fils.recours, name="recours"),
    path(f"{THREAD}/accuse/<str:message>/", fils.accuse, name="accuse"),
    path(f"{THREAD}/accuse/<str:message>/accuse.pdf", fils.accuse_pdf, name="accuse_pdf"),
]
