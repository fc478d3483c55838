"""The public page that checks a receipt."""

from django.urls import path

from enclos.accuses import views

app_name = "accuses"

urlpatterns = [path("verifier/", views.verifier, name="verifier")]
