"""What a web process reads before its first page."""

import subprocess
import sys

from tests.services.processus import ROOT

ASK = (
    "import config.wsgi, sys; from django.urls import get_resolver; get_resolver().url_patterns;"
    "from django.test import Client;"
    "print(sorted({'webauthn', 'segno'} & set(sys.modules)))"
)


def test_the_library_of_passkeys_waits_for_somebody_who_has_one():
    """0.7 s of certificates that nobody needs to read a page."""
    found = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
