"""Closes the issue that a broken rule of ours has opened, once a person has resumed.

Nobody is alerted of that: who resumes knows it. That it is closed on a route is noted in the outbox, by the
alert that has opened it, so that each is closed once.
"""

from collections.abc import Callable, Mapping

from selfheal.notify.route import Keeping, Message, Route
from selfheal.ports.outbox import Alert
from selfheal.store.outbox import SqliteOutbox


async def close_resumed(
    outbox: SqliteOutbox, routes: Mapping[str, Route], compose: Callable[[Alert], Message]
) -> None:
    """What fails is tried again by the next delivery. Raises StoreError."""
    for route in routes.values():
        if not isinstance(route, Keeping):
            continue
        for alert, receipt in outbox.resumed(route.name):
            try:
                await route.send(compose(alert), receipt)
            except Exception:  # noqa: BLE001, S112 -- a word that nobody waits for stands in no alert's way
                continue
            outbox.note_closed(route.name, alert)
