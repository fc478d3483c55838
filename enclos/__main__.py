"""The `enclos` command."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run a Django command, or one of ours."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
