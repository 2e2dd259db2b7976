"""All settings in one table: the only source for checking, showing and documenting them."""

from types import MappingProxyType

from selfheal.config.field import Field
from selfheal.config.notify_fields import NOTIFY
from selfheal.config.policy_fields import POLICY_FIELDS
from selfheal.config.program_fields import SELFHEAL, TARGET
from selfheal.config.route_fields import ROUTE, ROUTES_TABLE

PLAIN_FIELDS = (*SELFHEAL, *POLICY_FIELDS, *NOTIFY)
TARGET_FIELDS = TARGET
FIELDS = (*PLAIN_FIELDS, *ROUTE, *TARGET_FIELDS)

TARGETS_TABLE = "targets"
POLICY_TABLE = "policy"  # of one target: [targets.NAME.policy]
DEFAULT_TARGET = "main"
TARGETS_MAX = 16  # each costs a heartbeat, a process watch and a journal of its own


def _tables() -> dict[str, dict[str, Field]]:
    found: dict[str, dict[str, Field]] = {}
    for field in PLAIN_FIELDS:
        found.setdefault(field.table, {})[field.name] = field
    return found


TABLES = MappingProxyType(_tables())
ROUTE_BY_NAME = MappingProxyType({field.name: field for field in ROUTE})
TARGET_BY_NAME = MappingProxyType({field.name: field for field in TARGET_FIELDS})
POLICY_BY_NAME = MappingProxyType({field.name: field for field in POLICY_FIELDS})

TABLE_TEXTS = MappingProxyType(
    {
        "selfheal": "The program itself.",
        "watchdog": "Level 1: is the process there?",
        "healthcheck": "Level 2: does it serve?",
        "restart": "Level 2: how often and how fast the gateway is restarted.",
        "startup": "How long a start may take.",
        "stop": "How a gateway is ended.",
        "limits": "What is never exceeded, whatever happens.",
        "notify": "How and when a person is told.",
        "routes.NAME": "One table for each further route to a person, by any name. Have two or more.",
        "targets.NAME": "One table for each gateway. Without any there is one target, `main`.",
    }
)


def field_of(key: str) -> Field:
    """The field behind a full key such as `targets.main.policy.observe`. Raises KeyError."""
    table, _, name = key.rpartition(".")
    if table in TABLES:
        return TABLES[table][name]
    first, *_ = key.split(".")
    if first == ROUTES_TABLE:
        return ROUTE_BY_NAME[name]
    inside = key.split(".")[2:]
    if len(inside) > 1 and inside[0] == POLICY_TABLE:
        return POLICY_BY_NAME[inside[1]]
    return TARGET_BY_NAME[inside[0]]
