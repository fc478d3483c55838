"""Addresses of agents: opaque keys, and nothing of anybody."""

from django.urls import path

from enclos.agents import decisions, lecture, precharge, views

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
    path("documents/<uuid:pk>/pages/<int:rang>/<slug:largeur>.jpg", lecture.page, name="page"),
    path("documents/<uuid:pk>/document.pdf", lecture.pdf, name="pdf"),
    path("documents/<uuid:pk>/originaux/<uuid:fichier>/", lecture.original, name="original"),
]
