"""Where the made-up disks of worlds are, as long as worlds are run."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

PREFIX = "selfheal-simulated-"


def folder() -> "tempfile.TemporaryDirectory[str]":
    """A new one, which goes with the object. Raises OSError."""
    return tempfile.TemporaryDirectory(prefix=PREFIX)


@contextmanager
def one_folder() -> Iterator[None]:
    """Of all the disks that are made in this process meanwhile: they go at its end, whatever ends it and
    whoever still holds one of them. Raises OSError.
    """
    before = tempfile.tempdir
    with folder() as disks:
        tempfile.tempdir = disks
        try:
            yield
        finally:
            tempfile.tempdir = before
