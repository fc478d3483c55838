"""`enclos serve`: what it refuses before it listens."""

from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from config.env import ENV
from enclos.api.management.commands import serve


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "portail.example"])
def test_without_keys_of_its_own_it_listens_to_this_machine_alone(host, monkeypatch):
    monkeypatch.setattr(serve, "ENV", replace(ENV, mode="dev"))
    with pytest.raises(CommandError, match="ENCLOS_MODE=production"):
        call_command("serve", host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_this_machine_is_recognised(host):
    assert serve.is_of_this_machine(host)
