"""Where text is written that is not to be printed as it is: each piece is said in a way of its own."""

import io
from collections.abc import Callable


class Above(io.TextIOBase):
    """What must be read, as lines that stay above the live view, or as lines of the log."""

    def __init__(self, say: Callable[[str], bool]) -> None:
        self._say = say

    def write(self, text: str) -> int:
        if text.strip() and not self._say(text.rstrip("\n")):
            raise BlockingIOError("nobody reads the screen")
        return len(text)
