"""Addresses of sendings, below /espace/."""

from django.urls import path

from enclos.envois import consultation, fichiers, papiers, views

app_name = "envois"

DRAFT = "envoyer-un-document/<str:reference>"
PAPIER = "papiers/<str:demande>/<int:rang>"
PAGE = f"{DRAFT}/fichiers/<int:page_id>"

urlpatterns = [
    path("envoyer-un-document/", views.objet, name="objet"),
    path(f"{DRAFT}/", views.reprendre, name="reprendre"),
    path(f"{DRAFT}/nombre/", views.nombre, name="nombre"),
    path(f"{DRAFT}/documents/<int:rang>/", views.informations, name="informations"),
    path(f"{DRAFT}/documents/<int:rang>/par-la-poste/", views.par_la_poste, name="par_la_poste"),
    path(f"{DRAFT}/documents/<int:rang>/fichiers/", fichiers.fichiers, name="fichiers"),
    path(f"{DRAFT}/documents/<int:rang>/reprendre/", fichiers.bibliotheque, name="bibliotheque"),
    path(f"{DRAFT}/documents/<int:rang>/retirer/", views.retirer_document, name="retirer_document"),
    path(f"{PAGE}/retirer/", fichiers.retirer, name="retirer"),
    path(f"{PAGE}/tourner/", fichiers.tourner, name="tourner"),
    path(f"{PAGE}/deplacer/", fichiers.deplacer, name="deplacer"),
    path(f"{PAGE}/vignette/", fichiers.vignette, name="vignette"),
    path(f"{PAGE}/apercu/", fichiers.apercu, name="apercu"),
    path(f"{PAGE}/apercu/<int:numero>/", fichiers.apercu_image, name="apercu_image"),
    path(f"{PAGE}/apercu/original/", fichiers.original_apercu, name="original_apercu"),
    path(f"{DRAFT}/verification/", views.verification, name="verification"),
    path(f"{DRAFT}/medical/", views.medical, name="medical"),
    path(f"{DRAFT}/abandonner/", views.abandonner, name="abandonner"),
    path(f"{DRAFT}/accuse/", views.accuse, name="accuse"),
    path("papiers/<str:demande>/", papiers.papiers, name="papiers"),
    path("papiers/<str:demande>/page-a-joindre.pdf", papiers.page_a_joindre, name="papiers_page"),
    path(f"{PAPIER}/envoyer/", papiers.envoyer, name="papier_envoyer"),
    path(f"{PAPIER}/reprendre/", papiers.reprendre, name="papier_reprendre"),
    path(f"{PAPIER}/je-ne-l-ai-pas/", papiers.absent, name="papier_absent"),
    path("documents/<uuid:pk>/utiliser/", papiers.utiliser, name="utiliser"),
    path("documents/<uuid:pk>/repondre/", papiers.repondre, name="repondre"),
    path("envois/", consultation.envois, name="envois"),
    path("envois/<str:reference>/", consultation.envoi, name="envoi"),
    path("envois/<str:reference>/page-a-joindre.pdf", views.bordereau, name="bordereau"),
    path("envois/<str:reference>/accuse.pdf", consultation.accuse_pdf, name="accuse_pdf"),
    path("envois/<str:reference>/fichiers/<int:page_id>/original/", consultation.original, name="original"),
    path("envois/<str:reference>/fichiers/<int:page_id>/copie/<int:rang>/", consultation.copie, name="copie"),
]
