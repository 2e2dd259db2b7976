"""Makes a message as small as its service takes it. What is cut is cut from the end, and seen to be cut."""

import unicodedata
from collections.abc import Callable, Sequence

from selfheal.notify.route import Attachment

CUT = "…"
JOINER = "\u200d"
"""Makes one sign of two, as in the emoji of a family."""


def shorten(text: str, most: int, size: Callable[[str], int] = len) -> str:
    """At most `most`, as `size` measures. A lone surrogate, from a log with odd bytes, becomes «?»."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    if size(text) <= most:
        return text
    low, high = 0, min(len(text), most)
    while low < high:
        middle = (low + high + 1) // 2
        if size(text[:middle] + CUT) <= most:
            low = middle
        else:
            high = middle - 1
    while low and _tied(text, low):
        low -= 1
    return text[:low].rstrip() + CUT


def units(text: str) -> int:
    """Length as UTF-16 has it: what Discord and Telegram count at most."""
    return len(text.encode("utf-16-le")) // 2


def octets(text: str) -> int:
    return len(text.encode("utf-8"))


def one_line(text: str) -> str:
    return " ".join(text.split())


def without_title(body: str) -> str:
    """For services that show the title on their own. Never empty."""
    return body.partition("\n")[2].strip() or body


def fitting(
    attachments: Sequence[Attachment], most_bytes: int
) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
    """Those that fit into the service's total, in their order, and the names of the others."""
    taken: list[Attachment] = []
    left: list[str] = []
    for attachment in attachments:
        if len(attachment.content) <= most_bytes:
            most_bytes -= len(attachment.content)
            taken.append(attachment)
        else:
            left.append(attachment.name)
    return tuple(taken), tuple(left)


def _tied(text: str, cut: int) -> bool:
    """Whether what follows the cut changes the sign before it."""
    after = text[cut]
    return after == JOINER or text[cut - 1] == JOINER or unicodedata.category(after) in {"Mn", "Me", "Sk"}
