"""Reading a large drop on every core: processes that check and seal rows while this one feeds the database.

Sealing and checking a row takes longer than writing it. Each reader goes through the whole file, which is cheap, and works on its
share of the lines; rows come back in the order of the file. Readers are forked before anything else is opened, so they share no
connection; they see neither the database nor one another.
"""

import logging
import marshal
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import batched, count
from pathlib import Path
from typing import IO, Any, NoReturn

from django.db import connection

from enclos.api.depot import registre
from enclos.api.depot.files import Row
from enclos.api.depot.reading import BrokenFile
from enclos.api.depot.rows import rows

logger = logging.getLogger(__name__)

SHARE = 400  # rows; one answer fits in a pipe about twice
WORTH_BYTES = 2_000_000  # below, forking costs more than it saves
READERS_MAX = 4
END = 0  # what ends the answers of a file when all went well; else the reason why the file is broken


@dataclass
class Reader:
    """One process: where to ask, where it answers."""

    pid: int
    ask: IO[bytes]
    answers: IO[bytes]


class Readers:
    """The processes of one import; none when the drop is small, when there is one core, or when it is too late to fork."""

    def __init__(self, folder: Path) -> None:
        self.readers: list[Reader] = []
        cores = len(os.sched_getaffinity(0))
        size = sum(path.stat().st_size for path in folder.glob("*.csv"))
        if size < WORTH_BYTES or cores < 2 or connection.connection is not None or threading.active_count() > 1:
            return
        number = min(cores, READERS_MAX)
        for mine in range(number):
            self.readers.append(self.fork(mine, number))

    def __enter__(self) -> "Readers":
        return self

    def __exit__(self, *_: object) -> None:
        for reader in self.readers:
            reader.ask.close()
            reader.answers.close()
        for reader in self.readers:
            os.waitpid(reader.pid, 0)

    def fork(self, mine: int, number: int) -> Reader:
        asked, ask = os.pipe()
        answers, answer = os.pipe()
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            # Ends that are not ours would keep the others from seeing that their parent is gone.
            for end in (
                ask,
                answers,
                *(stream.fileno() for reader in self.readers for stream in (reader.ask, reader.answers)),
            ):
                os.close(end)
            work(asked, answer, mine, number)
        os.close(asked)
        os.close(answer)
        return Reader(pid, open(ask, "wb"), open(answers, "rb", buffering=1 << 16))

    def rows(self, nom: str, path: Path, agencies: registre.Agencies) -> Iterator[Row]:
        """The rows of a file, in order. Raises `BrokenFile`."""
        if not self.readers:
            yield from rows(registre.fichier(nom, agencies), path)
            return
        for reader in self.readers:
            say(reader.ask, (nom, str(path), agencies))
        for turn in count():
            reader = self.readers[turn % len(self.readers)]
            answer = self.heard(reader)
            if not isinstance(answer, list):
                break
            yield from answer
        # The others have nothing more to say than this one, but must be heard before the next file.
        for other in self.readers:
            while other is not reader and isinstance(self.heard(other), list):
                pass
        if answer != END:
            motif, ligne, colonne = answer
            raise BrokenFile(motif, ligne=ligne, colonne=colonne)

    def heard(self, reader: Reader) -> Any:
        try:
            return hear(reader.answers)
        except EOFError:
            raise RuntimeError("a reader of the drop ended before its file") from None


def say(stream: IO[bytes], what: Any) -> None:
    """One message: its length, then itself. Plain values alone: no class can come out of it."""
    message = marshal.dumps(what)
    stream.write(len(message).to_bytes(8))
    stream.write(message)
    stream.flush()


def hear(stream: IO[bytes]) -> Any:
    """The next message, read whole at once: `marshal.load` would ask the stream for each value. Raises `EOFError`."""
    length = int.from_bytes(stream.read(8))
    message = stream.read(length)
    if not length or len(message) < length:
        raise EOFError
    return marshal.loads(message)  # noqa: S302  (written by the other end of our own pipe)


def work(asked: int, answer: int, mine: int, number: int) -> NoReturn:
    """The life of a reader: files are asked one after the other, until nobody asks."""
    status = 1
    try:
        with open(asked, "rb") as questions, open(answer, "wb", buffering=1 << 16) as answers:
            while True:
                try:
                    nom, path, agencies = hear(questions)
                except EOFError:
                    break
                answer_with(answers, nom, Path(path), agencies, mine, number)
        status = 0
    except BrokenPipeError:
        status = 0  # who asked is gone
    except BaseException:
        logger.exception("a reader of the drop failed")
    finally:
        os._exit(status)


def answer_with(answers: IO[bytes], nom: str, path: Path, agencies: registre.Agencies, mine: int, number: int) -> None:
    end: int | tuple[str, int, str] = END
    try:
        for share in batched(rows(registre.fichier(nom, agencies), path, share=(mine, number, SHARE)), SHARE):
            say(answers, list(share))
    except BrokenFile as broken:
        end = (broken.motif, broken.ligne, broken.colonne)
    say(answers, end)
