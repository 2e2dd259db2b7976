"""Whom TLS trusts. Verification is never turned off."""

import ssl
from functools import cache
from pathlib import Path

import certifi


@cache
def trust(ca: Path | None) -> ssl.SSLContext:
    """`ca`: a bundle that alone is trusted. Without it the system's and Mozilla's: some Pythons see none."""
    if ca is not None:
        return ssl.create_default_context(cafile=str(ca))
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=certifi.where())
    return context
