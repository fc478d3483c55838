"""Addresses of agents: opaque keys, and nothing of anybody."""

from django.urls import path

from enclos.agents import decisions, en_lot, equipe, lecture, messages, modeles, notes, precharge, views

app_name = "agents"

urlpatterns = [
    path("", views.files, name="files"),
    path("suivant/", views.suivant, name="suivant"),
    path("filtres/", views.mes_filtres, name="filtres"),
    path("filtres/enregistrer/", views.enregistrer_filtre, name="enregistrer_filtre"),
    path("filtres/<uuid:pk>/", views.modifier_filtre, name="modifier_filtre"),
    path("filtres/<uuid:pk>/supprimer/", views.supprimer_filtre, name="supprimer_filtre"),
    path("lots/", en_lot.liste, name="lots"),
    path("lots/nouveau/", en_lot.nouveau, name="nouveau_lot"),
    path("lots/apercu/", en_lot.apercu, name="apercu_lot"),
    path("lots/confirmer/", en_lot.confirmer, name="confirmer_lot"),
    path("lots/<uuid:pk>/", en_lot.lot, name="lot"),
    path("lots/<uuid:pk>/annuler/", en_lot.annuler, name="annuler_lot"),
    path("lots/<uuid:pk>/approuver/", en_lot.approuver, name="approuver_lot"),
    path("absences/", equipe.mes_absences, name="absences"),
    path("absences/<uuid:pk>/retirer/", equipe.retirer_absence, name="retirer_absence"),
    path("equipe/", equipe.equipe, name="equipe"),
    path("equipe/<uuid:pk>/", equipe.agent, name="agent"),
    path("equipe/<uuid:pk>/remettre/", equipe.tout_remettre, name="tout_remettre"),
    path("documents/<uuid:pk>/attribuer/", equipe.attribuer, name="attribuer"),
    path("documents/<uuid:pk>/transferer/", equipe.transferer, name="transferer"),
    path("documents/<uuid:pk>/precarite/", equipe.precarite, name="precarite"),
    path("a-surveiller/", views.surveiller, name="surveiller"),
    path("a-surveiller/relancer/", views.relancer, name="relancer"),
    path("documents/<uuid:pk>/", decisions.document, name="document"),
    path("documents/<uuid:pk>/prendre/", decisions.prendre, name="prendre"),
    path("documents/<uuid:pk>/rendre/", decisions.rendre, name="rendre"),
    path("documents/<uuid:pk>/rouvrir/", decisions.rouvrir, name="rouvrir"),
    path("documents/<uuid:pk>/preparer/", precharge.preparer, name="preparer"),
    path("documents/<uuid:pk>/laisser/", precharge.laisser, name="laisser"),
    path("documents/<uuid:pk>/decision/<slug:slug>/", decisions.decider, name="decider"),
    path("documents/<uuid:pk>/notes/", notes.ecrire, name="noter"),
    path("documents/<uuid:pk>/notes/<uuid:note>/effacer/", notes.effacer, name="effacer_note"),
    path("documents/<uuid:pk>/notes/<uuid:note>/barrer/", notes.barrer, name="barrer_note"),
    path("documents/<uuid:pk>/pages/<int:rang>/<slug:largeur>.jpg", lecture.page, name="page"),
    path("modeles/", modeles.liste, name="modeles"),
    path("modeles/nouveau/", modeles.ajouter, name="ajouter_modele"),
    path("modeles/<uuid:pk>/", modeles.modifier, name="modele"),
    path("documents/<uuid:pk>/document.pdf", lecture.pdf, name="pdf"),
    path("documents/<uuid:pk>/originaux/<uuid:fichier>/", lecture.original, name="original"),
    path("messages/<uuid:pk>/", messages.message, name="message"),
    path("messages/<uuid:pk>/repondre/", messages.repondre, name="repondre"),
    path("messages/<uuid:pk>/pieces/<int:piece>/retirer/", messages.retirer_piece, name="retirer_piece"),
    path("messages/<uuid:pk>/ecrire/", messages.ecrire, name="ecrire"),
    path("messages/<uuid:pk>/decision/<slug:slug>/", messages.decider, name="decider_message"),
]
