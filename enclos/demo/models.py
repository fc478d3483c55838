"""The demo's mailbox, letter-box and telephone: everything the portal would have sent."""

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


class Papier(models.Model):
    """A letter that the demo's printer printed: the portal has forgotten its secret, the paper has not."""

    reference = models.CharField(max_length=20, unique=True)
    pdf = models.BinaryField()
    date = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-date", "-pk"]

    def __str__(self) -> str:
        return self.reference


class TextoRecu(models.Model):
    """One text message on one telephone."""

    de = models.CharField(max_length=20)
    a = models.CharField(max_length=20, db_index=True)
    texte = models.TextField()
    date = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-date", "-pk"]

    def __str__(self) -> str:
        return self.a
