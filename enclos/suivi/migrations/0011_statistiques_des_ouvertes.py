"""What is open, free and in no lot goes together: PostgreSQL, which takes them for unrelated, would sort a whole queue to count its first lines."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

NAME = "affaire_ouvertes"


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"CREATE STATISTICS {NAME} (mcv) ON ended_at, taken_by_id, lot_id FROM suivi_affaire")


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP STATISTICS {NAME}")


class Migration(migrations.Migration):
    dependencies = [("suivi", "0010_affaires_par_nom")]
    operations = [migrations.RunPython(create, drop)]
