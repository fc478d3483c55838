"""The form of a new password, wherever one is chosen, and those of a lost one."""

from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from enclos.comptes import identifiants
from enclos.comptes.identifiants import Identifiant
from enclos.comptes.models import Compte
from enclos.comptes.mots_de_passe import actions, regles
from enclos.socle.nir import NirError


def rule_list() -> SafeString:
    """The rules in words, which the script of `regles-mot-de-passe` ticks as they are met."""

    def lines(some: Any) -> SafeString:
        return format_html_join("", '<li data-regle="{}">{}</li>', ((regle.code, regle.ligne) for regle in some))

    long = lines([regles.LONGUE])
    if not regles.allows_short():
        shapes = format_html("<p>Il faut :</p><ul>{}</ul>", long)
    else:
        shapes = format_html(
            "<p>Au choix, un mot de passe avec :</p><ul data-choix>{}</ul><p>ou bien :</p><ul data-choix>{}</ul>",
            lines(regles.COURTE),
            long,
        )
    return format_html(
        '{}<p class="petit">Sans votre nom, votre date de naissance, votre commune, votre numéro de sécurité sociale, ni le mot '
        "« msa » : on les essaie en premier.</p>",
        shapes,
    )


class Oubli(forms.Form):
    """Who lost a password, and how they want their code; the second question is asked where text messages leave."""

    identifiant = forms.CharField(
        label="Identifiant",
        help_text="Votre numéro de sécurité sociale, 13 chiffres, sans la clé. Il est sur votre carte Vitale.",
        max_length=80,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autocorrect": "off"}
        ),
        error_messages={"required": "Tapez votre identifiant : votre numéro de sécurité sociale."},
    )
    moyen = forms.ChoiceField(
        label="Recevoir le code",
        choices=[("courriel", "Par courriel"), ("sms", "Par SMS")],
        initial="courriel",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez comment recevoir le code."},
    )

    def __init__(self, *args: Any, has_sms: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_sms:
            del self.fields["moyen"]

    def clean_identifiant(self) -> Identifiant:
        """Who it is. The shape alone is judged here, so what it answers reveals nothing."""
        try:
            return identifiants.read(self.cleaned_data["identifiant"])
        except NirError as error:
            raise forms.ValidationError(error.phrase)


class CodeRecu(forms.Form):
    """The code of the message."""

    code = forms.CharField(
        label="Code à 6 chiffres",
        help_text="Il est dans le message que vous avez reçu. Il dure 10 minutes.",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": "Tapez les 6 chiffres du code."},
    )


class NouveauMotDePasse(forms.Form):
    """One field, that one may read over: typed twice blindly, a password is not better known."""

    nouveau_mot_de_passe = forms.CharField(
        label="Nouveau mot de passe",
        strip=False,
        max_length=4 * regles.MOST_BYTES,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "new-password", "spellcheck": "false", "autocapitalize": "none"}
        ),
        error_messages={"required": "Tapez le mot de passe que vous choisissez.", "max_length": regles.TOO_LONG},
    )

    def __init__(self, *args: Any, compte: Compte, visible: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.compte = compte
        field = self.fields["nouveau_mot_de_passe"]
        field.help_text = rule_list()
        if visible:  # without JavaScript: the page is asked again with the field in clear
            field.widget = forms.TextInput(attrs=field.widget.attrs)

    def clean_nouveau_mot_de_passe(self) -> str:
        """The rules, then one hash: it must not be the present one."""
        password: str = self.cleaned_data["nouveau_mot_de_passe"]
        faults = regles.faults(password, compte=self.compte)
        if not faults and actions.is_current(self.compte, password):
            faults = ["C’est votre mot de passe actuel : choisissez-en un autre."]
        if faults:
            raise forms.ValidationError(faults)
        return password


class ChangerMotDePasse(NouveauMotDePasse):
    """From « Mon compte »: the present one is asked too."""

    mot_de_passe_actuel = forms.CharField(
        label="Mot de passe actuel",
        strip=False,
        max_length=4 * regles.MOST_BYTES,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Tapez votre mot de passe actuel."},
    )
    field_order = ("mot_de_passe_actuel", "nouveau_mot_de_passe")
