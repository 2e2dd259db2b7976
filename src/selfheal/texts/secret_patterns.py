"""What a secret looks like: by the beginning that its issuer gave it, and by what stands around it.

Rules
  * Rather one word too many hidden than a secret told; a text without secrets stays as it is all the same, or
    nobody could read a log: commit hashes, UUIDs, pids, paths, public keys and plain base64 are no secrets.
  * A pattern takes time in proportion to the text, whatever the text: every repetition is bounded, or begins
    only where its own signs do not stand before it.
  * `hint`: a piece without which the pattern cannot match, in lower case. Looking for it costs nearly
    nothing, so hundreds of kinds cost what the few cost that are there.
"""

import re
from typing import NamedTuple


class Pattern(NamedTuple):
    """Where it has groups, the last one that took part is what is hidden, else all of it."""

    kind: str
    hints: tuple[str, ...]
    regex: re.Pattern[str]


def pattern(kind: str, hint: str, regex: str, flags: int = 0) -> Pattern:
    return Pattern(kind, tuple(hint.lower().split(" ")), re.compile(regex, flags))


START = (
    r"(?:(?<![A-Za-z0-9_-])|(?<=%[0-9A-Fa-f][0-9A-Fa-f])|(?<=\\[nrt])|(?<=[\[;][0-9]m)|(?<=[\[;][0-9][0-9]m))"
)
"""The beginning of a word; also after «%20», after an escaped line break, and after a terminal's colour."""

END = r"(?![A-Za-z0-9_-])"
