from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("comptes", "0002_ouverture_de_compte")]

    operations = [
        # No screen has made a recovery code yet: there is no row to give a prefix to.
        migrations.AddField(
            model_name="codesecours",
            name="prefixe",
            field=models.CharField(default="", max_length=2),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="codesecours",
            constraint=models.UniqueConstraint(fields=("compte", "prefixe"), name="one_recovery_code_per_prefix"),
        ),
    ]
