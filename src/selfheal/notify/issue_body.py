"""What stands in an issue or a comment on one: a mark that nobody sees, the message, and what belongs to it.

GitHub takes no files, so they stand in it, folded up. All text is fenced: nothing in a log line calls a
person (@name), points to another issue (#1) or is taken for a mark.
"""

import html
import re
from collections.abc import Iterator, Sequence

from selfheal.notify.limits import CUT, shorten, units
from selfheal.notify.route import Attachment, Message

MOST = 65_536  # characters; counted as UTF-16, which is never less than GitHub counts
MOST_TEXT = 20_000  # so that the logs have room
LEAST_OF_FILE = 500  # less of a file's end tells nothing
AROUND_FILE = 200  # characters of its frame, with the longest fence that is likely

_MARK = "<!-- selfheal {word}: {name} -->"
_OURS = re.compile(r"<!-- selfheal issue: \S{1,80} -->")
_ODD = {code: "\N{REPLACEMENT CHARACTER}" for code in range(32) if chr(code) not in "\n\t"}


def issue_mark(key: str) -> str:
    return _MARK.format(word="issue", name=key)


def message_mark(mark: str) -> str:
    return _MARK.format(word="message", name=mark)


def is_ours(body: str) -> bool:
    """Whether an issue is one that some selfheal keeps."""
    return _OURS.search(body) is not None


def written(message: Message, key: str, note: str = "") -> tuple[str, tuple[str, ...]]:
    """The text, with the issue's own `note`, and the names of the files that are not, or not whole, in it."""
    head = [
        issue_mark(key) + message_mark(message.mark),
        _fenced(shorten(_plain(message.body), MOST_TEXT, units)),
    ]
    if note:
        head.append(note)
    if message.link:
        head.append(f"<{message.link}>")
    files = ((message.timeline,) if message.timeline else ()) + message.attachments
    parts, lacks = _folded(files, MOST - sum(units(part) + 2 for part in head))
    return "\n\n".join((*head, *parts)), lacks


def _folded(files: Sequence[Attachment], room: int) -> tuple[list[str], tuple[str, ...]]:
    """Of each its end, as logs are read; what one leaves of its share is the others'."""
    parts, lacks = [], []
    for number, file in enumerate(files):
        share = room // (len(files) - number) - AROUND_FILE - units(file.name)
        whole = _plain(file.content.decode("utf-8", "replace")).rstrip("\n")
        text = _end(whole, share) if share >= LEAST_OF_FILE else ""
        if text != whole:
            lacks.append(file.name)
        if text:
            parts.append(_details(file.name, text))
            room -= units(parts[-1]) + 2
    return parts, tuple(lacks)


def _details(name: str, text: str) -> str:
    return f"<details><summary>{html.escape(name)}</summary>\n\n{_fenced(text)}\n\n</details>"


def _fenced(text: str) -> str:
    fence = "`" * max(3, *(len(run) + 1 for run in _runs(text)))
    return f"{fence}text\n{text}\n{fence}"


def _runs(text: str) -> Iterator[str]:
    yield from re.findall("`+", text) or ("",)


def _plain(text: str) -> str:
    """Without what could be taken for a mark, and what no JSON or page shows."""
    known = text.replace("\r\n", "\n").translate(_ODD).replace("<!--", "<! --")
    return known.encode("utf-8", "replace").decode("utf-8")


def _end(text: str, most: int) -> str:
    if units(text) <= most:
        return text
    end = text.encode("utf-16-le")[-2 * (most - 2) :].decode("utf-16-le", "ignore")
    return "\n".join((CUT, end.partition("\n")[2] or end))
