"""Sizes as people read them: decimal, one figure after the comma."""


def taille(octets: int) -> str:
    """« 5,4 Mo », « 480 ko », « 12 octets »."""
    if octets >= 1_000_000:
        return f"{octets / 1_000_000:.1f}".replace(".", ",").removesuffix(",0") + " Mo"
    if octets >= 1_000:
        return f"{octets // 1_000} ko"
    return f"{octets} octet{'s' if octets > 1 else ''}"
