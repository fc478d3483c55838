"""Every component on one page, to be looked at after a change; the demo gives it an address."""

from datetime import UTC, date, datetime
from decimal import Decimal

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enclos.socle.contraste import our_tokens
from enclos.socle.icones import TRACES

NATURES = [
    ("Ressources", [("avis", "Avis d’impôt"), ("salaire", "Bulletins de salaire"), ("pension", "Pension étrangère")]),
    ("Logement", [("loyer", "Attestation de loyer"), ("bail", "Bail"), ("quittance", "Quittance")]),
    ("Famille", [("scolarite", "Certificat de scolarité"), ("livret", "Livret de famille")]),
    ("Autre", [("autre", "Autre document")]),
]


class Exemple(forms.Form):
    """Each kind of field there is."""

    identifiant = forms.CharField(
        label="Identifiant", help_text="Votre numéro de sécurité sociale, sans la clé : 13 chiffres."
    )
    mot_de_passe = forms.CharField(label="Mot de passe", widget=forms.PasswordInput)
    nature = forms.ChoiceField(label="Nature du document", choices=[("", "Choisissez"), *NATURES])
    personne = forms.ChoiceField(
        label="Personne concernée",
        choices=[("moi", "Vous-même"), ("conjoint", "Votre conjoint"), ("autre", "Une autre personne")],
        widget=forms.RadioSelect,
    )
    profils = forms.MultipleChoiceField(
        label="Vous êtes",
        choices=[("p", "Particulier"), ("e", "Exploitant")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    precisions = forms.CharField(label="Précisions", widget=forms.Textarea, required=False)
    naissance = forms.DateField(label="Date de naissance", help_text="Par exemple : 31/12/1956", required=False)
    fichiers = forms.FileField(label="Fichiers", help_text="PDF, JPEG, PNG ou HEIC, jusqu’à 20 Mo.")
    conforme = forms.BooleanField(label="J’atteste la conformité des documents")


@login_not_required
@require_safe
def galerie(request: HttpRequest) -> HttpResponse:
    """The gallery: colours, type, then each component in each of its states."""
    context = {
        "couleurs": our_tokens("clair"),
        "icones": list(TRACES),
        "form": Exemple(),
        "liste": Exemple(prefix="liste"),
        "refuse": Exemple({"identifiant": "12"}, prefix="refuse"),
        "instant": datetime(2026, 11, 21, 9, 47, 12, tzinfo=UTC),
        "jour": date(2026, 11, 21),
        "montant": Decimal("1231.77"),
        "empreinte": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    }
    return render(request, "socle/galerie.html", context)
