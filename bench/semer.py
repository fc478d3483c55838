"""Makes the people of the bench in the portal's own database, and prints who they are: `python -m bench.semer COUNT`."""

import base64
import json
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402 (the models exist only now)

from enclos.caisses.access import default_caisse  # noqa: E402
from enclos.comptes import totp  # noqa: E402
from enclos.demo.factories import CompteFactory, PaiementFactory, PersonneFactory  # noqa: E402
from enclos.demo.nir import synthetic_nir  # noqa: E402

PASSWORD = "Betterave-du-bench-1"
SECRET = b"bench-bench-bench-20"

hashed = make_password(PASSWORD)
adherents = []
for number in range(int(sys.argv[1])):
    nir = synthetic_nir(10_000 + number)
    personne = PersonneFactory(nir=nir, profils=["particulier", "exploitant"])
    compte = CompteFactory(personne=personne)
    compte.password = hashed
    compte.save(update_fields=["password"])
    PaiementFactory.create_batch(6, personne=personne)
    adherents.append({"identifiant": nir, "mot_de_passe": PASSWORD})
caisse = default_caisse()
agent = CompteFactory(agent=True, identifiant="agent.bench", services=caisse.services.all())
agent.password = hashed
agent.totp_sealed = totp.seal_secret(agent, SECRET)
agent.save(update_fields=["password", "totp_sealed"])
print(json.dumps({
    "adherents": adherents,
    "agent": {"identifiant": "agent.bench", "mot_de_passe": PASSWORD, "totp": base64.b32encode(SECRET).decode()},
}))  # fmt: skip
