"""Enclos: the private space of a social-protection fund."""
