"""What the fund's information system was already told."""

from django.db import models

from enclos.comptes.models import Changement
from enclos.envois.models import DocumentEnvoye
from enclos.messagerie.models import Piece


class Exporte(models.Model):
    """A document given to the information system: it is given once, unless a cut leaves doubt."""

    document = models.OneToOneField(DocumentEnvoye, on_delete=models.PROTECT, related_name="exporte")
    sha256 = models.CharField(max_length=64)  # of the PDF that was given
    exported_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.document_id)


class PieceExportee(models.Model):
    """A file joined to a message, given to the information system. It goes with the file, when the thread is forgotten."""

    piece = models.OneToOneField(Piece, on_delete=models.CASCADE, related_name="exportee")
    sha256 = models.CharField(max_length=64)  # of the PDF that was given, the same for the pages of one document
    exported_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.piece_id)


class ChangementRetire(models.Model):
    """A change that was given, then taken back by the member: the information system was told that too."""

    changement = models.OneToOneField(Changement, on_delete=models.CASCADE, related_name="retire")
    exported_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.changement_id)
