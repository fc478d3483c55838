from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("suivi", "0009_prises_par_etat")]

    operations = [
        migrations.AddIndex(
            model_name="affaire",
            index=models.Index(fields=["caisse", "nature", "-received_at", "-id"], name="affaire_appelee"),
        )
    ]
