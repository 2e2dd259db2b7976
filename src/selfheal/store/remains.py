"""What outlives a state that cannot be read: a person's words, the open incident, the budget, the numbering.

A forgotten pause would start a gateway that a person wants stopped; an incident's number given twice would
overwrite the first one's story and swallow the second one's alert. What was seen and planned is dropped:
that is looked at again.
"""

from typing import Any, get_type_hints

import msgspec

from selfheal.core import distrust
from selfheal.core.state import GatewayView, Phase, RestartPart, State
from selfheal.core.values import replace

UNREADABLE = "what a person had said could not be read from the state"
WORDS = ("pause", "disabled", "distrust")  # never taken for not said
INCIDENT = ("incident", "alerting")  # both or neither
OTHERS = ("boot_id", "last_mono", "last_wall", "known", "startups_s", "next_incident_id", "next_action_id")
STOPPED = ("phase", "presumed", "unwanted", "since", "since_wall")
BUDGET = ("starts", "unclean_starts", "last_start")


def remains(target: str, body: object, first_free: int) -> State:
    """The state to go on with. `body`: as it was found. `first_free`: incident number that no row has."""
    fields = _fields(body)
    found = _readable(State, fields, (*WORDS, *INCIDENT, *OTHERS))
    if not all(name in found for name in INCIDENT):
        found = {name: value for name, value in found.items() if name not in INCIDENT}
    budget = _readable(RestartPart, fields.get("restart"), BUDGET)
    view = GatewayView(**_readable(GatewayView, fields.get("gateway"), STOPPED))
    state = State(target, **found, restart=RestartPart(**budget))
    if view.phase is Phase.STOPPED:  # by a person, and nobody is to start it; else it is looked at anew
        state = replace(state, gateway=view)
    state = replace(state, next_incident_id=max(state.next_incident_id, first_free))
    lost = any(name in fields and name not in found for name in WORDS)
    return distrust.begin(state, [UNREADABLE]) if lost else state


def _fields(body: object) -> dict[str, Any]:
    try:
        fields = msgspec.json.decode(body if isinstance(body, bytes) else str(body))
    except (msgspec.DecodeError, UnicodeError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _readable(kind: type, fields: Any, names: tuple[str, ...]) -> dict[str, Any]:
    types = get_type_hints(kind)
    found = {}
    for name in names if isinstance(fields, dict) else ():
        try:
            found[name] = msgspec.convert(fields[name], types[name])
        except (KeyError, msgspec.ValidationError):
            continue
    return found
