"""Addresses below /espace/documents/."""

from django.urls import path

from enclos.bibliotheque import views

app_name = "bibliotheque"
urlpatterns = [
    path("", views.documents, name="documents"),
    path("selection/", views.selection, name="selection"),
    path("tout.zip", views.tout, {"forme": "zip"}, name="tout_zip"),
    path("tout.pdf", views.tout, {"forme": "pdf"}, name="tout_pdf"),
    path("<uuid:pk>/", views.document, name="document"),
    path("<uuid:pk>/telecharger/", views.telecharger, name="telecharger"),
    path("<uuid:pk>/ranger/", views.ranger, name="ranger"),
    path("<uuid:pk>/pages/<int:numero>/", views.page, name="page"),
]
