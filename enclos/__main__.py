"""The `enclos` command."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run a Django command, or one of ours."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # `enclos charger-caisse` is typed with a hyphen, its module has an underscore.
    program, *words = sys.argv
    if words and not words[0].startswith("-"):
        words[0] = words[0].replace("-", "_")
    execute_from_command_line([program, *words])


if __name__ == "__main__":
    main()
