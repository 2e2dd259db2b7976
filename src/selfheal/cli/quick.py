"""A plain `selfheal status`, known without click: to load click is a quarter of the time a person waits.

Only `status` and `--config FILE status`, as a person or a script writes them all day. Whatever else is on the
line goes to click, which alone knows all options, their faults and their help.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selfheal.cli.session import Session

COMPLETING = "_SELFHEAL_COMPLETE"  # the shell asks what could follow: click's business


def is_plain_status(words: list[str], session: "Session") -> bool:
    """Puts what it has read into the session."""
    if COMPLETING in session.environ:
        return False
    match words:
        case ["status"]:
            return True
        case ["--config", str(file), "status"] if file:
            session.config = Path(file)
            return True
        case _:
            return False
