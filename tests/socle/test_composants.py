"""The components: what each draws, and what it refuses."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django import forms
from django.template import engines

from enclos.socle.galerie import Exemple


def draw(source: str, **context: object) -> str:
    return engines["django"].from_string(source).render(context)


def test_a_badge_is_a_word_an_icon_and_a_tone() -> None:
    html = draw('{% pastille "À compléter" ton="ocre" %}')
    assert 'data-ton="ocre"' in html
    assert "<svg" in html
    assert "À compléter" in html


def test_what_a_component_shows_is_escaped() -> None:
    for source in (
        "{% pastille mot %}",
        "{% lien_bouton mot mot %}",
        "{% alerte titre=mot %}{{ mot }}{% endalerte %}",
        "{% fichier nom=mot detail=mot vignette=mot %}{{ mot }}{% endfichier %}",
        "{% recepisse mot reference=mot tampon=mot emetteur=mot %}{{ mot }}{% endrecepisse %}",
        "{% vide mot %}{{ mot }}{% endvide %}",
        "{% ligne_resume mot modifier=mot %}{{ mot }}{% endligne_resume %}",
        "{% pagination suivant=mot quoi=mot %}",
        "{% etapes mot etape=1 sur=2 %}",
    ):
        html = draw(source, mot='"><script>alert(1)</script>')
        assert "<script>" not in html, source
        assert "&lt;script&gt;" in html, source


@pytest.mark.parametrize(
    "source",
    [
        '{% pastille "Reçu" ton="mauve" %}',
        '{% bouton "Suivant" ton="vert" %}',
        '{% alerte ton="orange" %}{% endalerte %}',
        '{% alerte annonce="crier" %}{% endalerte %}',
        '{% etapes "Envoyer" etape=7 sur=6 %}',
    ],
)
def test_a_value_unknown_to_a_component_is_an_error(source: str) -> None:
    with pytest.raises(ValueError, match=r"attendu|étape 7 sur 6"):
        draw(source)


def test_the_steps_are_said_in_words_and_drawn() -> None:
    html = draw('{% etapes "Envoyer un document" etape=3 sur=6 %}')
    assert "Envoyer un document · <strong>étape 3 sur 6</strong>" in html
    assert html.count("data-faite") == 2
    assert html.count("data-courante") == 1
    assert html.count("<i") == 6


def test_the_summary_of_errors_links_each_to_the_field_that_takes_the_focus() -> None:
    form = Exemple({"identifiant": "12"})
    html = draw("{% erreurs form %}", form=form)
    assert "5 points à corriger" in html
    assert 'href="#id_mot_de_passe"' in html
    assert 'href="#id_personne_0"' in html  # the first of the radios: the group itself takes no focus
    assert "Ce champ est obligatoire" not in html
    assert "Cochez la case" in html
    assert draw("{% erreurs form %}", form=Exemple()) == ""


def test_a_page_with_errors_says_so_first_in_its_title() -> None:
    assert draw("{% titre_erreur form %}", form=Exemple({})) == "Erreur : "
    assert draw("{% titre_erreur form %}", form=Exemple()) == ""


def test_a_field_is_tied_to_its_hint_and_its_error() -> None:
    html = str(Exemple({})["identifiant"].as_field_group())
    assert '<label for="id_identifiant">Identifiant</label>' in html
    assert 'aria-describedby="id_identifiant_helptext id_identifiant_error"' in html
    assert 'id="id_identifiant_helptext"' in html
    assert 'id="id_identifiant_error"' in html
    assert 'aria-invalid="true"' in html


def test_radios_are_a_group_with_a_legend() -> None:
    html = str(Exemple()["personne"].as_field_group())
    assert "<fieldset" in html
    assert "<legend>Personne concernée</legend>" in html
    assert html.count("<label for=") == 3


def test_what_may_be_left_empty_says_so() -> None:
    assert "(facultatif)" in str(Exemple()["precisions"].as_field_group())
    assert "(facultatif)" not in str(Exemple()["identifiant"].as_field_group())


def test_a_whole_form_is_drawn_hidden_fields_last() -> None:
    class Court(forms.Form):
        jeton = forms.CharField(widget=forms.HiddenInput)
        nom = forms.CharField(label="Nom")

    html = draw("{% formulaire form %}", form=Court())
    assert html.index("Nom") < html.index("jeton")


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 pièce demandée"), (1, "1 pièce demandée"), (2, "2 pièces demandées"), (1.5, "1.5 pièce demandée")],
)
def test_zero_and_one_are_singular(count: float, words: str) -> None:
    assert draw('{{ n|pluriel:"pièce demandée" }}', n=count) == words


def test_words_that_do_not_take_an_s() -> None:
    assert (
        draw('{{ 2|pluriel:"avis" }} {{ 3|pluriel:"œil,yeux" }} {{ 2|accord:"demandé" }}') == "2 avis 3 yeux demandés"
    )


def test_days_amounts_and_numbers_are_written_the_french_way() -> None:
    instant = datetime(2026, 11, 20, 23, 47, 12, tzinfo=UTC)
    html = draw(
        "{{ i|jour }} | {{ i|jour_court }} | {{ d|jour }} | {{ i|heure }} | {{ m|euros }} | {{ o|taille }} | {{ t|lien_tel }}",
        i=instant,
        d=date(2026, 11, 1),
        m=Decimal("231.77"),
        o=5_400_000,
        t="03 20 900 500",
    )
    assert html.replace("\u00a0", " ") == (
        "21 novembre 2026 | 21 nov. | 1er novembre 2026 | 0 h 47 | 231,77 € | 5,4 Mo | tel:0320900500"
    )


def test_a_phrase_keeps_its_french_spaces_together() -> None:
    said = draw("{{ p|typo }}", p="Ouvert jusqu’à 16 h 30 : « oui » ?")
    assert said == "Ouvert jusqu’à 16\u00a0h\u00a030\u00a0: «\u00a0oui\u00a0»\u00a0?"


def test_a_fingerprint_reads_by_groups_of_four() -> None:
    assert draw("{{ e|par_quatre }}", e="9f86d081884c") == "9f86 d081 884c"
