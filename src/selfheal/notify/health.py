"""When a person hears, by the other routes, that one does not work, and that it works again: each once.

Rules
  * Who refuses for good is believed at once.
  * Who fails otherwise is told of after hours, and only if another route has taken something meanwhile, that
    cannot have been on its way before the failure: a network that is away is no route's fault. Where none had
    anything to take, they are asked for a proof.
  * Of a route that was told of, it is told that it works again, once it has taken something.
"""

from collections.abc import Iterator, Mapping

from selfheal.core.instants import Now, Wall
from selfheal.notify.delivery import SEND_S
from selfheal.ports.outbox import Standing

FAILING_S = 3 * 3600.0  # a service's bad hour is its own affair; half a night without a route is ours


def to_warn(standings: Mapping[str, Standing], now: Now) -> list[str]:
    return [
        name
        for name, one in standings.items()
        if not one.told
        and one.failing is not None
        and (one.final or (_is_long(one.failing, now) and _is_alone(name, one.failing, standings)))
    ]


def to_relieve(standings: Mapping[str, Standing]) -> list[str]:
    return [name for name, one in standings.items() if one.told and one.failing is None]


def in_doubt(standings: Mapping[str, Standing], now: Now) -> Wall | None:
    """Since when the others must have taken something: one fails of which nobody knows whether it is alone in
    that. None: there is none such.
    """
    return max(_doubtful(standings, now), default=None)


def _doubtful(standings: Mapping[str, Standing], now: Now) -> Iterator[Wall]:
    for name, one in standings.items():
        if one.failing is None or one.told or one.final or not _is_long(one.failing, now):
            continue
        if not _is_alone(name, one.failing, standings):
            yield _meanwhile(one.failing)


def _is_long(failing: Wall, now: Now) -> bool:
    return now.wall - failing >= FAILING_S


def _is_alone(name: str, failing: Wall, standings: Mapping[str, Standing]) -> bool:
    others = (one.taken for other, one in standings.items() if other != name)
    return any(taken is not None and taken >= _meanwhile(failing) for taken in others)


def _meanwhile(failing: Wall) -> Wall:
    """What was taken before that may have been sent before, or together with what failed."""
    return Wall(failing + SEND_S)
