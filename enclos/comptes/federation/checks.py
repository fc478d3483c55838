"""What is wrong with the settings of the identity providers: said at start and by `enclos doctor`, not to a member."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.core.checks import CheckMessage, Error, Warning

from config.env import ENV, Env

SANDBOXES = ("dev-franceconnect.fr", "sbx.", "integ01.")


def check_providers(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Both providers, in every mode: a button that is half configured does not show, and nobody would know why."""
    return list(problems(ENV))


def problems(env: Env) -> Iterable[CheckMessage]:
    fc = {"ISSUER": env.fc_issuer, "CLIENT_ID": env.fc_client_id, "CLIENT_SECRET": env.fc_client_secret}
    agents = {
        "ISSUER": env.agents_oidc_issuer,
        "CLIENT_ID": env.agents_oidc_client_id,
        "CLIENT_SECRET": env.agents_oidc_client_secret,
    }
    for prefix, name, given in (("FC", "FranceConnect", fc), ("AGENTS_OIDC", "La connexion des agents", agents)):
        missing = [f"ENCLOS_{prefix}_{key}" for key, value in given.items() if not value]
        if missing and len(missing) < len(given):
            yield Error(
                f"{name} est réglé à moitié : son bouton ne paraît pas.",
                hint=f"Donnez {', '.join(missing)}, ou retirez tout.",
                id="comptes.E020",
            )
        issuer = given["ISSUER"]
        if issuer and not is_issuer(issuer, needs_https=env.is_production):
            yield Error(
                f"ENCLOS_{prefix}_ISSUER n’est pas un émetteur.",
                hint="Une adresse https://, sans « ? » ni « # », à la lettre comme le fournisseur la publie.",
                id="comptes.E021",
            )
        if env.is_production and any(word in issuer for word in SANDBOXES):
            yield Warning(
                f"ENCLOS_{prefix}_ISSUER est un bac à sable : chacun peut y être qui il veut.",
                hint="Demandez la qualification, puis mettez l’émetteur et les clés de production.",
                id="comptes.W020",
            )
    if env.agents_oidc_issuer and env.agents_oidc_claim in {"email", "name", "preferred_username"}:
        yield Warning(
            f"ENCLOS_AGENTS_OIDC_CLAIM={env.agents_oidc_claim} : un agent peut souvent changer lui-même cette donnée.",
            hint="Choisissez une donnée que le fournisseur garantit, ou reliez les comptes par « enclos associer-agent ».",
            id="comptes.W021",
        )


def is_issuer(text: str, *, needs_https: bool) -> bool:
    parts = urlsplit(text)
    is_local = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"} and not needs_https
    return bool(parts.hostname) and (parts.scheme == "https" or is_local) and not parts.query and not parts.fragment
