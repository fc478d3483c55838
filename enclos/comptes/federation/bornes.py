"""Answers of other servers, bounded in time and in size. Imports requests: import it late."""

import time
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import ContentDecodingError, Timeout


class TooLong(ContentDecodingError):
    """The answer is larger than any honest one."""


class BoundedAdapter(HTTPAdapter):
    """Reads at most `most_bytes` in at most `whole` seconds: a server that sends one byte a second holds nobody."""

    def __init__(self, connect: float, read: float, whole: float, most_bytes: int) -> None:
        super().__init__(max_retries=0)
        self.times, self.whole, self.most_bytes = (connect, read), whole, most_bytes

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        deadline = time.monotonic() + self.whole
        response = super().send(request, **(kwargs | {"stream": True, "timeout": self.times}))
        body = bytearray()
        try:
            for piece in response.iter_content(16_384):
                body += piece
                if len(body) > self.most_bytes:
                    raise TooLong("the answer is too long")
                if time.monotonic() > deadline:
                    raise Timeout("the answer takes too long")
        finally:
            response.close()
        response._content = bytes(body)  # read here, so that nobody after us reads without bounds
        return response
