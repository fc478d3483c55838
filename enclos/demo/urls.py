"""Addresses of the demo, under /demo/."""

from django.urls import path

from enclos.demo import courriers, messages, views
from enclos.demo.franceconnect.views import entrer
from enclos.socle.galerie import galerie

app_name = "demo"
urlpatterns = [
    path("", views.accueil, name="accueil"),
    path("connexion/", views.connexion, name="connexion"),
    path("franceconnect/", entrer, name="franceconnect"),
    path("personnes.json", views.personnes_json, name="personnes_json"),
    path("boite-mail/", views.boite, name="boite"),
    path("boite-mail/<int:pk>/", views.courriel, name="courriel"),
    path("boite-mail.json", views.boite_json, name="boite_json"),
    path("courriers/", courriers.courriers, name="courriers"),
    path("courriers.json", courriers.courriers_json, name="courriers_json"),
    path("courriers/imprimer/", courriers.imprimer, name="imprimer"),
    path("courriers/<str:reference>.pdf", courriers.lettre, name="lettre"),
    path("textos/", courriers.textos, name="textos"),
    path("textos.json", courriers.textos_json, name="textos_json"),
    path("textos/recevoir/", courriers.recevoir_texto, name="recevoir_texto"),
    path("messages/", messages.messages, name="messages"),
    path("messages/<slug:genre>.pdf", messages.lettre, name="message_lettre"),
    path("composants/", galerie, name="composants"),
    path("reglages/", views.reglages, name="reglages"),
]
