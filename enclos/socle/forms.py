"""How every form is drawn: one template for a field, whatever its widget."""

from django.forms.renderers import DjangoTemplates


class Renderer(DjangoTemplates):
    """Fields are drawn by `socle/champ.html`: label, hint, error, and what ties them together."""

    field_template_name = "socle/champ.html"
