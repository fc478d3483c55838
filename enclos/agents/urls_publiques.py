"""What the bench tells everybody."""

from django.urls import path

from enclos.agents import delais

app_name = "delais"

urlpatterns = [
    path("delais/", delais.delais, name="delais"),
    path("delais.csv", delais.delais_csv, name="csv"),
]
