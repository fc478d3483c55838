"""Runs `enclos` and kills its process without mercy at one point: `python -m tests.fautes.tueur avant|apres MODULE:NAME FILE worker …`.

The first call of that function, in any process, takes FILE away and dies by SIGKILL, as a power cut or the system would do it:
nothing is flushed, no `finally` runs. Without FILE nothing happens any more, so that what takes over lives.
"""

import importlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def deadly(plain: Callable[..., Any], moment: str, mark: Path) -> Callable[..., Any]:
    def die() -> None:
        try:
            mark.unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if moment == "avant":
            die()
        done = plain(*args, **kwargs)
        if moment == "apres":
            die()
        return done

    return wrapped


def main() -> None:
    moment, where, mark, *rest = sys.argv[1:]
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    module, _, name = where.partition(":")
    target = importlib.import_module(module)
    setattr(target, name, deadly(getattr(target, name), moment, Path(mark)))
    sys.argv = ["enclos", *rest]
    from enclos.__main__ import main as enclos

    enclos()


if __name__ == "__main__":
    main()
