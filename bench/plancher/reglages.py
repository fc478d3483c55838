"""Settings of the floor: production's, without anything of ours."""

import os
from pathlib import Path

from config.adresses import database_settings

SECRET_KEY = "plancher" * 8
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "bench.plancher"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "bench.plancher.adresses"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
DATABASES = {"default": database_settings(os.environ["PLANCHER_DATABASE_URL"], pool=12)}
DEPOT = Path(os.environ["PLANCHER_DEPOT"])
LOGIN_URL = "/entrer/"
USE_TZ = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
MIGRATION_MODULES = dict.fromkeys(("contenttypes", "auth", "sessions", "plancher"))
