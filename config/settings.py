"""One settings file: modes differ by values, not by modules."""

from datetime import timedelta
from pathlib import Path

from django.utils.csp import CSP

from config.adresses import database_settings, host_of, mailer_settings
from config.env import ENV
from enclos.comptes.federation.fournisseurs import form_targets

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = False  # never: our own error pages are the ones we must see while building
SECRET_KEY = ENV.secret_key
SECRET_KEY_FALLBACKS = list(ENV.secret_key_fallbacks)
ALLOWED_HOSTS = [host_of(ENV.base_url), *ENV.allowed_hosts]
if not ENV.is_production:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "testserver"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.staticfiles",
    "django_tasks_db",
    "enclos.socle",
    "enclos.journal",
    "enclos.caisses",
    "enclos.registre",
    "enclos.coffre",
    "enclos.courrier",
    "enclos.accuses",
    "enclos.comptes",
    "enclos.avis",
    "enclos.suivi",
    "enclos.bibliotheque",
    "enclos.inscription",
    "enclos.envois",
    "enclos.messagerie",
    "enclos.accueil",
    "enclos.agents",
    "enclos.api",
]
if ENV.mode != "production":
    INSTALLED_APPS.append("enclos.demo")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "enclos.socle.middleware.ResponseHeadersMiddleware",
    "enclos.socle.compression.CompressionMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "enclos.comptes.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "enclos.comptes.middleware.AuthenticationMiddleware",
    "enclos.comptes.middleware.LoginRequiredMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "enclos.socle.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "enclos.accueil.contexte.page",
            ],
            "builtins": ["enclos.socle.templatetags.socle"],
        },
    }
]
FORM_RENDERER = "enclos.socle.forms.Renderer"

DATABASES = {"default": database_settings(ENV.database, pool=ENV.database_pool)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TASKS = {"default": {"BACKEND": "django_tasks_db.backend.DatabaseBackend", "QUEUES": []}}

AUTH_USER_MODEL = "comptes.Compte"
AUTHENTICATION_BACKENDS = ["enclos.comptes.backends.CompteBackend"]
PASSWORD_HASHERS = ["enclos.comptes.hashers.Argon2id"]
LOGIN_URL = "comptes:connexion"
LOGIN_REDIRECT_URL = "/espace/"
LOGOUT_REDIRECT_URL = "/"

SESSION_ENGINE = "enclos.comptes.sessions"
SESSION_COOKIE_AGE = int(timedelta(hours=ENV.session_hours).total_seconds())
SESSION_COOKIE_NAME = "__Host-session" if ENV.is_https else "session"
SESSION_COOKIE_SECURE = ENV.is_https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if ENV.is_https else "csrf"
CSRF_COOKIE_SECURE = ENV.is_https
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "enclos.accueil.erreurs.csrf_failure"
CSRF_TRUSTED_ORIGINS = [ENV.base_url] if ENV.is_https else []

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:", "blob:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    # A form that starts a sign-in elsewhere is answered by a redirect there, and browsers hold the redirect to this policy too.
    "form-action": [CSP.SELF, *form_targets(ENV)],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}
SECURE_CONTENT_TYPE_NOSNIFF = True
# Other sites learn nothing. Not "no-referrer": browsers then send `Origin: null` with our own forms, which CSRF refuses.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 63_072_000 if ENV.is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = ENV.is_https
SECURE_HSTS_PRELOAD = ENV.is_https
SECURE_SSL_REDIRECT = ENV.is_https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
if ENV.trusted_proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"

DATA_UPLOAD_MAX_MEMORY_SIZE = 200_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_HANDLERS = ["enclos.coffre.uploads.SealingUploadHandler"]

STATIC_URL = "/statique/"
STATIC_ROOT = ENV.data_dir / "statique"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if ENV.mode in {"dev", "test"}
        else "enclos.socle.statiques.FlatManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = ENV.mode in {"dev", "test"}
WHITENOISE_ROOT = None
WHITENOISE_MAX_AGE = 31_536_000 if ENV.mode not in {"dev", "test"} else 0

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": ENV.cache_url}
    if ENV.cache_url
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

MAILERS = {"default": mailer_settings(ENV.smtp_url, mode=ENV.mode)}
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.mail_from

LANGUAGE_CODE = "fr"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Paris"  # what people read; storage is in UTC


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"masque": {"()": "enclos.socle.logs.RedactingFilter"}},
    "formatters": {"ligne": {"()": "enclos.socle.logs.LineFormatter"}},
    "handlers": {"sortie": {"class": "logging.StreamHandler", "formatter": "ligne", "filters": ["masque"]}},
    "root": {"handlers": ["sortie"], "level": ENV.log_level},
    "loggers": {"django": {"handlers": [], "level": ENV.log_level, "propagate": True}},
}
