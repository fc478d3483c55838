"""What leaves the house by e-mail: one row each, saved with what it announces."""

from django.db import models

from enclos.caisses.models import Caisse
from enclos.socle.promesses import Promesse


class Courriel(Promesse):
    """A mail to deliver, then delivered."""

    cle = models.CharField(max_length=120, unique=True)
    caisse = models.ForeignKey(Caisse, on_delete=models.PROTECT, related_name="+")
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [Promesse.index("courriel_due")]

    def __str__(self) -> str:
        return self.cle
