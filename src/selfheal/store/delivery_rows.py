"""The outbox's rows as records, and moments as a column keeps them."""

import json
from collections.abc import Sequence
from typing import Any

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Until, Wall
from selfheal.core.reasons import Cause
from selfheal.ports.outbox import Alert, Delivery, Standing
from selfheal.store import codec


def until_text(moment: Until) -> str:
    return json.dumps([moment.mono, moment.wall, moment.boot_id])


def standing_of(row: Sequence[Any]) -> Standing:
    since, taken, failing, final, why, ready, tries, told, held = row
    known = Standing(since, taken, failing, bool(final), why or "", ready, tries, bool(told))
    return known._replace(held=_moment(held))


def _moment(kept: str | None) -> Until | None:
    return Until(*json.loads(kept)) if kept else None


def delivery_of(row: Sequence[Any]) -> Delivery:
    key, target, incident, kind, levels, cause, detail, number, ordered, *mine = row
    attempts, ready, leased, unsure, parcel, lacks, alone, refusals = mine
    about = Cause(cause) if cause else None
    notify = Notify(AlertKind(kind), incident, codec.decode_levels(levels), about, detail, number)
    return Delivery(
        Alert(key, target, notify, Wall(ordered)),
        attempts,
        _moment(ready),
        bool(leased),
        bool(unsure),
        parcel,
        tuple(json.loads(lacks)) if lacks else (),
        bool(alone),
        refusals,
    )
