"""Addresses of the demo, under /demo/."""

from django.urls import path

from enclos.demo import views
from enclos.socle.galerie import galerie

app_name = "demo"
urlpatterns = [
    path("", views.accueil, name="accueil"),
    path("connexion/", views.connexion, name="connexion"),
    path("personnes.json", views.personnes_json, name="personnes_json"),
    path("boite-mail/", views.boite, name="boite"),
    path("boite-mail/<int:pk>/", views.courriel, name="courriel"),
    path("boite-mail.json", views.boite_json, name="boite_json"),
    path("composants/", galerie, name="composants"),
    path("reglages/", views.reglages, name="reglages"),
]
