"""A rule that says no, in words for the person who asked."""


class Refusal(Exception):
    """What was asked cannot be done; `phrase` tells a member why and what to do, in French."""

    def __init__(self, phrase: str, *, code: str = "", status: int = 409) -> None:
        super().__init__(phrase)
        self.phrase = phrase
        self.code = code
        self.status = status
