"""An issue on GitHub for each cause: opened when a person is alerted, closed when it is over, opened again.

Rules
  * An issue is known by a mark in its text, made of the installation, gateway and cause: nobody sees it,
    and two hosts that write into one repository do not meet.
  * Looked for before anything is written: where the last receipt says, among the issues with our label, also
    closed ones, and among the latest with any. GitHub's search is not asked: its index is behind.
  * Each message has a mark as well: what a crash has left half done is gone on with, nothing is said twice.
  * Of several issues with one mark the oldest is ours: whoever copies a mark comes later.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence

from selfheal.notify.github_api import Found, Issues
from selfheal.notify.https import Reach
from selfheal.notify.issue_body import is_ours, issue_mark, message_mark, written
from selfheal.notify.limits import one_line, shorten
from selfheal.notify.route import Issue, Message, Severity
from selfheal.ports.outbox import Receipt

MOST_TITLE = 256  # characters
PAUSE_S = 1.0  # between the issues of one message: GitHub's advice to whoever writes several


class GitHub:
    """route.Route. `token`: may read and write issues. By the first of `labels` they are found again."""

    keeps = True

    def __init__(
        self,
        name: str,
        repository: str,
        token: str,
        labels: Sequence[str],
        reach: Reach | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self._labels = tuple(labels)
        self._issues = Issues(name, repository, token, reach or Reach())
        self._sleep = sleep

    async def send(self, message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        del again  # what was said before is always looked for
        about = message.issues or (_of_its_own(message),)
        known = await self._known(about, earlier)
        told: list[tuple[Issue, Found]] = []
        lacks: tuple[str, ...] = ()
        for number, one in enumerate(about):
            if number:
                await self._sleep(PAUSE_S)
            body, lacks = written(message, one.key, one.note)
            found = known.get(one.key)
            told.append((one, await self._tell(one, found, body, message.mark)))
        first = next((found for one, found in told if one.is_open), told[0][1])
        unlabelled = [label for label in self._labels if label.lower() not in first.label_names]
        return Receipt(str(first.number), first.html_url, (*lacks, *(f"label {each}" for each in unlabelled)))

    async def prove(self, message: Message) -> None:
        """By reading alone: a token that has run out is seen, one that may no longer write is not."""
        del message  # nothing is shown
        async for _ in self._issues.labelled(self._labels[0]):
            return

    async def close(self) -> None:
        await self._issues.close()

    async def _tell(self, one: Issue, found: Found | None, body: str, mark: str) -> Found:
        if found is None:
            found = await self._issues.make(shorten(one_line(one.title), MOST_TITLE), body, self._labels)
        else:
            if one.is_open and not found.is_open:
                await self._issues.set_open(found, to=True)
            if not await self._is_told(found, mark):
                await self._issues.comment(found, body)
        if found.is_open and not one.is_open:
            await self._issues.set_open(found, to=False)
        return found

    async def _is_told(self, found: Found, mark: str) -> bool:
        said = message_mark(mark)
        if said in (found.body or ""):
            return True
        return any(said in (comment.body or "") for comment in await self._issues.last_comments(found))

    async def _known(self, about: Sequence[Issue], earlier: Receipt | None) -> dict[str, Found]:
        """The issues that are there, by key."""
        keys = {one.key for one in about}
        known: dict[str, Found] = {}
        before = await self._issues.find(earlier.id) if earlier and earlier.id.isdigit() else None
        async for each in self._candidates(before):
            for key in _keys_of(each, keys - known.keys()):
                known[key] = each
            if len(known) == len(keys):
                break
        (only,) = about if len(about) == 1 else (None,)
        if only and only.key not in known and not only.is_open and before and is_ours(before.body or ""):
            # Opened under another name of this installation, while no disk could be read.
            known[only.key] = before
        return known

    async def _candidates(self, before: Found | None) -> AsyncIterator[Found]:
        if before is not None:
            yield before
        async for each in self._issues.labelled(self._labels[0]):
            yield each
        for each in await self._issues.recent():  # a label may be refused to our token, or taken off
            yield each


def _keys_of(issue: Found, keys: Collection[str]) -> list[str]:
    return [key for key in keys if issue_mark(key) in (issue.body or "")]


def _of_its_own(message: Message) -> Issue:
    """For what is about no cause: what needs nobody is closed at once."""
    return Issue(message.thread, message.title, message.severity is not Severity.INFO)
