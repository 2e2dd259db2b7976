"""What a config takes in from other files for its `gateway`, as OpenClaw 2026.9 does it.

`$include` names a file, or several to be merged, from the folder of the file in which it stands; what stands
beside it goes before what is taken in. That OpenClaw refuses files outside the config's folder is not
checked: nothing runs with such a config.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from selfheal.gateway import json5text

INCLUDE = "$include"
SECTION = "gateway"
FILE_MAX_BYTES = 2 * 1024 * 1024
DEPTH_MAX = 10


class IncludeError(ValueError):
    """A file that cannot be taken in. OpenClaw starts with no such config."""


class Includes:
    """`files`: all that were asked for, also those that are missing."""

    def __init__(self) -> None:
        self.files: list[Path] = []

    def section(self, config: Mapping[str, Any], path: Path) -> dict[str, Any]:
        """The `gateway` of this config, with what it takes in. Raises IncludeError."""
        whole = self._resolved(config, (path,), top=True)
        section = whole.get(SECTION) if isinstance(whole, dict) else None
        return section if isinstance(section, dict) else {}

    def _resolved(self, value: object, chain: tuple[Path, ...], *, top: bool = False) -> object:
        """`chain`: the file in which the value stands, and by which files one came to it."""
        if isinstance(value, list):
            return [self._resolved(item, chain) for item in value]
        if not isinstance(value, Mapping):
            return value
        own = {
            name: self._resolved(item, chain)
            for name, item in value.items()
            if name != INCLUDE and (name == SECTION or not top)
        }
        return own if INCLUDE not in value else self._with_included(value[INCLUDE], own, chain, top=top)

    def _with_included(
        self, named: object, own: dict[str, Any], chain: tuple[Path, ...], *, top: bool
    ) -> object:
        if isinstance(named, str):
            included = self._load(named, chain, top=top)
        elif isinstance(named, list) and all(isinstance(name, str) for name in named):
            included = {}
            for name in named:
                included = _merged(included, self._load(name, chain, top=top))
        else:
            raise IncludeError(f"{INCLUDE} is neither a path nor a list of them")
        if not own:
            return included
        if not isinstance(included, dict):
            raise IncludeError("what is included has keys beside it and is no object")
        return _merged(included, own)

    def _load(self, name: str, chain: tuple[Path, ...], *, top: bool) -> object:
        path = Path(os.path.normpath(chain[-1].parent / name))
        if path in chain or len(chain) > DEPTH_MAX:
            raise IncludeError("files include each other, or too deeply")
        self.files.append(path)
        try:
            return self._resolved(json5text.loads(_read(path)), (*chain, path), top=top)
        except OSError as error:
            raise IncludeError(f"cannot read an included file: {error.strerror}") from error


def _read(path: Path) -> str:
    if not stat.S_ISREG(path.stat().st_mode):  # whatever never ends would hold us up for ever
        raise IncludeError("an included file is no regular one")
    with path.open("rb") as file:
        content = file.read(FILE_MAX_BYTES + 1)
    if len(content) > FILE_MAX_BYTES:
        raise IncludeError(f"an included file is larger than {FILE_MAX_BYTES} bytes")
    return content.decode("utf-8-sig", errors="replace")


def _merged(base: object, over: object) -> object:
    """Objects are merged, lists joined; of anything else the later one counts."""
    if isinstance(base, list) and isinstance(over, list):
        return [*base, *over]
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    return {
        **base,
        **{name: _merged(base[name], item) if name in base else item for name, item in over.items()},
    }
