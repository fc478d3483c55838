"""A file dropped on `/verifier/` stays in memory, and no more of it than a receipt can weigh."""

from io import BytesIO

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from enclos.accuses.forms import MAX_BYTES


class InMemoryHandler(FileUploadHandler):
    """Keep the first bytes, count the others: the form says the file is too heavy."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.kept = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start == 0:
            self.kept = BytesIO()
        if start <= MAX_BYTES:
            self.kept.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.kept.seek(0)
        return InMemoryUploadedFile(
            self.kept, self.field_name, "accuse.pdf", "application/pdf", file_size, self.charset, self.content_type_extra
        )  # fmt: skip
