"""The database itself refuses to change the journal: a line never, a seal hardly; lines go only once their seal says purged.

Whoever may alter tables may take the triggers away: that is what the chain is for, and reconciliation looks that they are there.
"""

from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

NAMES: Final = frozenset({"journal_ligne_scellee", "journal_sceau_scelle"})

POSTGRESQL: Final = """
CREATE OR REPLACE FUNCTION journal_ligne_scellee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (
    SELECT 1 FROM journal_sceau s
    WHERE s.day = (OLD.at AT TIME ZONE 'UTC')::date AND s.famille = OLD.famille AND s.purged_at IS NOT NULL
  ) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'The journal is append-only.';
END $$;
CREATE OR REPLACE FUNCTION journal_sceau_scelle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.purged_at IS NULL
    AND to_jsonb(NEW) - 'verified_at' - 'purged_at' = to_jsonb(OLD) - 'verified_at' - 'purged_at' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'A seal of the journal never changes.';
END $$;
CREATE TRIGGER journal_ligne_scellee BEFORE UPDATE OR DELETE ON journal_ligne
  FOR EACH ROW EXECUTE FUNCTION journal_ligne_scellee();
CREATE TRIGGER journal_sceau_scelle BEFORE UPDATE OR DELETE ON journal_sceau
  FOR EACH ROW EXECUTE FUNCTION journal_sceau_scelle();
"""
# SQLite has one trigger for each verb.
SQLITE: Final = {
    "journal_ligne_scellee": """CREATE TRIGGER journal_ligne_scellee BEFORE DELETE ON journal_ligne
        WHEN NOT EXISTS (SELECT 1 FROM journal_sceau s
            WHERE s.day = substr(OLD.at, 1, 10) AND s.famille = OLD.famille AND s.purged_at IS NOT NULL)
        BEGIN SELECT RAISE(ABORT, 'The journal is append-only.'); END""",
    "journal_ligne_scellee_change": """CREATE TRIGGER journal_ligne_scellee_change BEFORE UPDATE ON journal_ligne
        BEGIN SELECT RAISE(ABORT, 'The journal is append-only.'); END""",
    "journal_sceau_scelle": """CREATE TRIGGER journal_sceau_scelle BEFORE DELETE ON journal_sceau
        BEGIN SELECT RAISE(ABORT, 'A seal of the journal never changes.'); END""",
    "journal_sceau_scelle_change": """CREATE TRIGGER journal_sceau_scelle_change BEFORE UPDATE ON journal_sceau
        WHEN OLD.purged_at IS NOT NULL OR OLD.numero IS NOT NEW.numero OR OLD.day IS NOT NEW.day
            OR OLD.famille IS NOT NEW.famille OR OLD.rang IS NOT NEW.rang OR OLD.count IS NOT NEW.count
            OR OLD.first_pk IS NOT NEW.first_pk OR OLD.last_pk IS NOT NEW.last_pk OR OLD.limite IS NOT NEW.limite
            OR OLD.racine IS NOT NEW.racine OR OLD.precedente IS NOT NEW.precedente
            OR OLD.attestation IS NOT NEW.attestation OR OLD.sealed_at IS NOT NEW.sealed_at
        BEGIN SELECT RAISE(ABORT, 'A seal of the journal never changes.'); END""",
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the triggers in place."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL)
        else:
            for statement in SQLITE.values():
                cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take them away."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP TRIGGER IF EXISTS journal_ligne_scellee ON journal_ligne")
            cursor.execute("DROP TRIGGER IF EXISTS journal_sceau_scelle ON journal_sceau")
        else:
            for name in SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def missing(connection: BaseDatabaseWrapper) -> int:
    """How many are not in place, or are switched off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgname = ANY(%s) AND tgenabled IN ('O', 'A')", [list(NAMES)]
            )
            wanted = set(NAMES)
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            wanted = set(SQLITE)
        return len(wanted - {name for (name,) in cursor.fetchall()})
