"""What the resident and the delivery process say to each other, as JSON over the pipes between them."""

from dataclasses import dataclass

import msgspec

from selfheal.core.alert import Notify
from selfheal.core.instants import Wall
from selfheal.ports.outbox import Doubt, Told
from selfheal.ports.store import StoreError

GIVEN_MAX_BYTES = 1024 * 1024  # that are read; whoever hands over keeps within it, by whole alerts


@dataclass(frozen=True)
class Given:
    """What no disk has taken: alerts (target, what, when) to be told now, what was told of such, and what may
    have been.
    """

    alerts: tuple[tuple[str, Notify, Wall], ...] = ()
    told: tuple[Told, ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True)
class Delivered:
    """`again_s`: when there is something to do again; None: there is nothing. `taken`: of what was given;
    `doubts`: of that, what may have arrived. `waiting_s`: when an alert that still waits for a route is tried
    again; None: none waits.
    """

    again_s: float | None = None
    taken: tuple[Told, ...] = ()
    waiting_s: float | None = None
    doubts: tuple[Doubt, ...] = ()


class UnnotedError(StoreError):
    """`told`: what routes have taken before the disk took no more."""

    def __init__(self, why: StoreError, told: tuple[Told, ...]) -> None:
        super().__init__(str(why), retryable=why.retryable)
        self.told = told


def encode(said: Given | Delivered) -> bytes:
    return msgspec.json.encode(said)


def given_of(text: bytes) -> Given:
    """Raises ValueError."""
    return msgspec.json.decode(text, type=Given)


def delivered_of(text: bytes) -> Delivered:
    """Raises ValueError."""
    return msgspec.json.decode(text, type=Delivered)
