"""A plain `selfheal status`, known without click: to load click is a quarter of the time a person waits.

Only `status` and `--config FILE status`, as a person or a script writes them all day. Whatever else is on the
line goes to click, which alone knows all options, their faults and their help.
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

COMPLETING = "_SELFHEAL_COMPLETE"  # the shell asks what could follow: click's business


def is_plain_status(words: list[str]) -> bool:
    match words:
        case ["status"] | ["--config", _, "status"]:
            return "" not in words and COMPLETING not in os.environ
        case _:
            return False


def config_file(words: list[str]) -> "Path | None":
    """The file that a plain status names."""
    from pathlib import Path  # noqa: PLC0415 - not before it is known what is wanted

    return Path(words[1]) if len(words) > 1 else None
