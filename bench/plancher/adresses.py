"""The floor's pages: an anonymous form, a home of twenty rows, a sending in two steps whose file is durable."""

import os
import secrets

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path

from bench.plancher.models import Depot


class Etape1(forms.Form):
    libelle = forms.CharField(max_length=100)


class Etape2(forms.Form):
    fichier = forms.FileField()


def anonyme(request: HttpRequest) -> HttpResponse:
    return render(request, "formulaire.html", {"form": Etape1()})


def entrer(request: HttpRequest, name: str) -> HttpResponse:
    login(request, get_user_model().objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponseRedirect("/chez-moi/")


@login_required
def chez_moi(request: HttpRequest) -> HttpResponse:
    return render(request, "chez_moi.html", {"depots": request.user.depots.order_by("-at")[:20]})


@login_required
def etape_1(request: HttpRequest) -> HttpResponse:
    form = Etape1(request.POST or None)
    if request.method == "POST" and form.is_valid():
        depot = Depot.objects.create(personne=request.user, libelle=form.cleaned_data["libelle"])
        return HttpResponseRedirect(f"/etape-2/{depot.pk}/")
    return render(request, "formulaire.html", {"form": form})


@login_required
def etape_2(request: HttpRequest, pk: int) -> HttpResponse:
    depot = get_object_or_404(Depot, pk=pk, personne=request.user)
    form = Etape2(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        name = secrets.token_hex(16)
        with (settings.DEPOT / name).open("wb") as stream:
            for chunk in form.cleaned_data["fichier"].chunks():
                stream.write(chunk)
            stream.flush()
            os.fsync(stream.fileno())
        folder = os.open(settings.DEPOT, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        depot.fichier = name
        depot.save(update_fields=["fichier"])
        return HttpResponseRedirect(f"/recu/{depot.pk}/")
    return render(request, "formulaire.html", {"form": form})


@login_required
def recu(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "recu.html", {"depot": get_object_or_404(Depot, pk=pk, personne=request.user)})


urlpatterns = [
    path("", anonyme),
    path("entrer/<str:name>/", entrer),
    path("chez-moi/", chez_moi),
    path("etape-1/", etape_1),
    path("etape-2/<int:pk>/", etape_2),
    path("recu/<int:pk>/", recu),
]
