"""Makes the floor's tables and people."""

import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.plancher.reglages"
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402 (the models exist only now)
from django.core.management import call_command  # noqa: E402

from bench.plancher.models import Depot  # noqa: E402

call_command("migrate", run_syncdb=True, verbosity=0)
for number in range(16):
    user = get_user_model().objects.create(username=f"p{number}")
    Depot.objects.bulk_create(Depot(personne=user, libelle=f"Un envoi {rang}") for rang in range(20))
