"""The `enclos` command: Django's, with what some commands need before the settings are read."""

import os
import sys


def main() -> None:
    """Run a Django command, or one of ours. Commands of ours are written with hyphens.

    What the operator can mend ends in one sentence: a database that is away, or not migrated.
    """
    try:
        run()
    except KeyboardInterrupt:
        sys.exit(130)  # as a shell says of Ctrl-C
    except Exception as error:
        phrase = phrase_of(error)
        if phrase is None or "--traceback" in sys.argv:
            raise
        sys.exit(phrase)


def run() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        sys.argv[1] = sys.argv[1].replace("-", "_")
    # The demo chooses its settings: they must be there before Django reads them.
    from enclos.demo import preparation

    if sys.argv[1:2] == ["demo"] and "--help" not in sys.argv:
        preparation.prepare(sys.argv[2:], os.environ)
    else:
        preparation.adopt(os.environ)

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def phrase_of(error: Exception) -> str | None:
    """What to tell the operator, None when it is a fault of ours."""
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    if not isinstance(error, DatabaseError):
        return None
    try:
        executor = MigrationExecutor(connection)
        is_behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as away:
        return f"La base de données ne répond pas : {str(away).splitlines()[0]}\nVérifiez ENCLOS_DATABASE_URL."
    return "La base de données n’est pas à jour. Lancez d’abord : enclos migrate" if is_behind else None


if __name__ == "__main__":
    main()
