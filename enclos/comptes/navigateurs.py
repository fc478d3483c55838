"""What a browser says of itself, as its owner would name it: « Firefox sur Android ». Shown to the member, trusted by nothing."""

from django.http import HttpRequest

UNKNOWN = "Navigateur inconnu"
# The first word found names it: Edge and Opera also say Chrome, and Chrome also says Safari.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("FxiOS", "Firefox"),
    ("Firefox", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Chromium", "Chromium"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "Chromebook"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def browser_of(request: HttpRequest) -> str:
    """« Firefox sur Android », made of our own words alone: nothing the browser wrote is kept."""
    said = str(request.META.get("HTTP_USER_AGENT", ""))[:400]
    browser = next((name for mark, name in BROWSERS if mark in said), "")
    system = next((name for mark, name in SYSTEMS if mark in said), "")
    if browser and system:
        return f"{browser} sur {system}"
    return browser or system or UNKNOWN
