"""Whom TLS trusts. Verification is never turned off."""

import os
import re
import ssl
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import certifi

HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+\Z")
"""How OpenSSL finds an authority in a folder; it reads no other file there."""


@cache
def trust(ca: Path | None) -> ssl.SSLContext:
    """`ca`: a bundle that alone is trusted. Without it the system's and Mozilla's: some Pythons see none."""
    if ca is not None:
        return ssl.create_default_context(cafile=str(ca))
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=certifi.where())
    return context


def trusted() -> bytes:
    """Whom `trust(None)` trusts, as one bundle: for a library that takes nothing but a file."""
    return b"\n".join(path.read_bytes() for path in _bundles() if _can_be_read(path))


def _bundles() -> Iterator[Path]:
    usual = ssl.get_default_verify_paths()
    yield Path(certifi.where())
    yield Path(os.environ.get(usual.openssl_cafile_env, usual.openssl_cafile))
    for folder in os.environ.get(usual.openssl_capath_env, usual.openssl_capath).split(os.pathsep):
        if folder and Path(folder).is_dir():
            yield from sorted(path for path in Path(folder).iterdir() if HASHED.match(path.name))


def _can_be_read(path: Path) -> bool:
    """One that OpenSSL passes over for itself would spoil the whole bundle."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError:
        return False
    return True
