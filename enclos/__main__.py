"""The `enclos` command: Django's, with what some commands need before the settings are read."""

import os
import sys


def main() -> None:
    """Run a Django command, or one of ours. Commands of ours are written with hyphens."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        sys.argv[1] = sys.argv[1].replace("-", "_")
    if sys.argv[1:2] == ["demo"] and "--help" not in sys.argv:
        # The demo chooses its settings: they must be there before Django reads them.
        from enclos.demo.preparation import prepare

        prepare(sys.argv[2:], os.environ)

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
