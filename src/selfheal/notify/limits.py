"""Makes a message as small as its service takes it. What is cut is cut from the end, and seen to be cut."""

import unicodedata
from collections.abc import Callable, Sequence

from selfheal.notify.route import Attachment

CUT = "…"
JOINER = "\u200d"
"""Makes one sign of two, as in the emoji of a family."""


def shorten(text: str, most: int, size: Callable[[str], int] = len) -> str:
    """At most `most`, as `size` measures. A lone surrogate, from a log with odd bytes, becomes «?»."""
    text = _spelled(text)
    return text if size(text) <= most else text[: _cut(text, most, size)].rstrip() + CUT


def divided(text: str, most: int, size: Callable[[str], int] = len) -> tuple[str, str]:
    """As `shorten`, and the rest, empty where all fits. A paragraph, or at least a line, that begins in the
    second half of the start is not torn.
    """
    text = _spelled(text)
    if size(text) <= most:
        return text, ""
    cut = _cut(text, most, size)
    ends = (text.rfind(mark, cut // 2, cut) for mark in ("\n\n", "\n"))
    end = next((each for each in ends if each >= 0), None)
    if end is None:
        return text[:cut].rstrip() + CUT, text[cut:].strip()
    return f"{text[:end].rstrip()}\n{CUT}", text[end:].strip()


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


def _spelled(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _cut(text: str, most: int, size: Callable[[str], int]) -> int:
    """How much of a text that is too long fits with the mark of a cut."""
    low, high = 0, min(len(text), most)
    while low < high:
        middle = (low + high + 1) // 2
        if size(text[:middle] + CUT) <= most:
            low = middle
        else:
            high = middle - 1
    while low and _tied(text, low):
        low -= 1
    return low


def _tied(text: str, cut: int) -> bool:
    """Whether what follows the cut changes the sign before it."""
    after = text[cut]
    return after == JOINER or text[cut - 1] == JOINER or unicodedata.category(after) in {"Mn", "Me", "Sk"}
