"""Addresses of agents: opaque keys, and nothing of anybody."""

from django.urls import path

from enclos.agents import decisions, lecture, modeles, notes, precharge, views

app_name = "agents"

urlpatterns = [
    path("", views.files, name="files"),
    path("suivant/", views.suivant, name="suivant"),
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
]
