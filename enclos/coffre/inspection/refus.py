"""How the readers say no inside the child; `child` turns it into the answer."""


class FileRefusal(Exception):
    """This file cannot be kept. `code` is a key of `phrases.REFUS`, `details` fill its sentence."""

    def __init__(self, code: str, **details: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


class NeedsMore(Exception):
    """This file is honest but larger than what an ordinary child may hold: ask again with more memory."""
