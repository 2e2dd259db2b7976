"""What was set, as frozen records. Everything is checked: whoever holds a Settings need not look again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from selfheal.config.addresses import address_of
from selfheal.config.fault import Fault, Problem
from selfheal.config.field import Pairs, Value
from selfheal.config.policy_fields import POLICY_FIELDS
from selfheal.config.route_fields import RouteKind
from selfheal.config.routes import Notify, RouteSettings, fixed_routes
from selfheal.config.schema import DEFAULT_TARGET
from selfheal.core.policy import Policy

NEVER_INHERITED = ("SELFHEAL_", "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_")
"""Beginnings of variables that are addressed to us alone: a child that answers for us would fool systemd."""

OF_THE_DEFAULT = ("OPENCLAW_GATEWAY_", "OPENCLAW_PROFILE", "OPENCLAW_STATE_DIR", "OPENCLAW_CONFIG_PATH")
"""Beginnings of variables that say which gateway the default one is: another would take them for its own."""


class OriginKind(StrEnum):
    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"


class Origin(NamedTuple):
    kind: OriginKind = OriginKind.DEFAULT
    line: int | None = None
    variable: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """One gateway. `port`, `token`, `unit` and `command`: None or empty means that the host is asked."""

    name: str
    profile: str
    state_dir: Path
    config_path: Path
    port: int | None
    token: str
    service: str  # one of program_fields.SERVICES
    unit: str
    command: tuple[str, ...]
    env_allow: tuple[str, ...]
    env: Pairs
    policy: Policy

    def child_environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment of a gateway that runs as our child: what may be inherited, then `env`."""
        inherited = {name: value for name, value in environ.items() if self._inherits(name)}
        return inherited | dict(self.env)

    def without_others(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Our environment, without what means another gateway than this one."""
        return {name: value for name, value in environ.items() if not self._means_another(name)}

    def _inherits(self, name: str) -> bool:
        if name.startswith(NEVER_INHERITED):
            return False
        if self._means_another(name) and name not in self.env_allow:
            return False
        return any(_matches(pattern, name) for pattern in self.env_allow)

    def _means_another(self, name: str) -> bool:
        return self.name != DEFAULT_TARGET and name.startswith(OF_THE_DEFAULT)


@dataclass(frozen=True, slots=True)
class Settings:
    """`path` is the file that was read, None when there was none. Paths are absolute."""

    path: Path | None
    language: str  # auto, ko, en
    memory_dir: Path
    state_dir: Path
    log_format: str  # text, json
    log_keep_days: int
    service_unit: str
    policy: Policy  # of every target that says nothing else
    notify: Notify
    routes: tuple[RouteSettings, ...]  # of the tables [routes.NAME]; `all_routes` has the others too
    targets: tuple[Target, ...]
    warnings: tuple[Fault, ...]
    origins: Mapping[str, Origin]  # by full key; a key that is not in it has its default
    is_whole: bool = True  # False: what a fault hides is left out

    @property
    def all_routes(self) -> tuple[RouteSettings, ...]:
        """Every way to a person, each under a name of its own: those of [notify] first."""
        fixed = tuple(fixed_routes(self.notify))
        taken = {route.name for route in fixed}
        return (*fixed, *(route for route in self.routes if route.name not in taken))

    @property
    def names_all_routes(self) -> bool:
        """Whether a route that is not among them was removed. A file without a setting is one that an editor
        has emptied to write it anew, or that a full disk did not take: it removes none.
        """
        says_something = any(origin.kind is OriginKind.FILE for origin in self.origins.values())
        return self.is_whole and (self.path is None or says_something)

    @property
    def waking_routes(self) -> tuple[RouteSettings, ...]:
        """Those that call a person: an issue wakes nobody."""
        return tuple(route for route in self.all_routes if route.kind is not RouteKind.GITHUB)

    @property
    def too_few_routes(self) -> Fault | None:
        """To be said loudly: nobody would hear of an outage, or only as long as one service works."""
        routes = self.waking_routes
        if len({address_of(route) for route in routes}) > 1:
            return None
        match routes:
            case ():
                return Fault("notify", None, Problem.NO_ROUTE)
            case (only,):
                return Fault("notify", None, Problem.ONE_ROUTE, (only.name,))
            case _:
                return Fault("notify", None, Problem.ONE_ADDRESS, (", ".join(one.name for one in routes),))


def flat(settings: Settings) -> dict[str, Value]:
    """Every effective value by its full key, in the order of the schema; overrides of targets included."""
    values: dict[str, Value] = {
        "selfheal.language": settings.language,
        "selfheal.memory_dir": str(settings.memory_dir),
        "selfheal.state_dir": str(settings.state_dir),
        "selfheal.log_format": settings.log_format,
        "selfheal.log_keep_days": settings.log_keep_days,
        "selfheal.service_unit": settings.service_unit,
    }
    values |= {field.key: getattr(settings.policy, field.name) for field in POLICY_FIELDS}
    values |= {f"notify.{name}": value for name, value in settings.notify._asdict().items()}
    for route in settings.routes:
        values |= {f"{route.key}.{name}": value for name, value in route.values()}
    for target in settings.targets:
        values |= dict(_flat_target(target, settings.policy))
    return values


def _flat_target(target: Target, common: Policy) -> Iterator[tuple[str, Value]]:
    for field in fields(Target):
        if field.name not in {"name", "policy"}:
            value = getattr(target, field.name)
            yield f"targets.{target.name}.{field.name}", str(value) if isinstance(value, Path) else value
    for number in POLICY_FIELDS:
        value = getattr(target.policy, number.name)
        if value != getattr(common, number.name):
            yield f"targets.{target.name}.policy.{number.name}", value


def _matches(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
