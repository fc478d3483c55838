"""The demo's mailbox: every e-mail the portal would have sent."""

from django.db import models


class Message(models.Model):
    """One e-mail to one address."""

    de = models.CharField(max_length=254)
    a = models.CharField(max_length=254, db_index=True)
    objet = models.CharField(max_length=300)
    texte = models.TextField(blank=True)
    html = models.TextField(blank=True)
    date = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-date", "-pk"]

    def __str__(self) -> str:
        return self.objet
