"""A route that is to come into the config, and where its secrets are kept."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from selfheal.config.check import check, from_text
from selfheal.config.field import Kind, Value
from selfheal.config.route_fields import FILE, SECRETS, SHAPES, RouteKind
from selfheal.config.schema import ROUTE_BY_NAME

FIXED_NAMES = MappingProxyType(
    {
        RouteKind.DISCORD_WEBHOOK: "discord",
        RouteKind.SLACK: "slack",
        RouteKind.TELEGRAM: "telegram",
    }
)
"""What a route is called whose settings come from the environment: as that of the single settings."""

VARIABLES_OF = MappingProxyType(
    {
        RouteKind.DISCORD_WEBHOOK: {"url": "DISCORD_WEBHOOK_URL"},
        RouteKind.SLACK: {"url": "SLACK_WEBHOOK_URL"},
        RouteKind.TELEGRAM: {"token": "TELEGRAM_BOT_TOKEN", "chat": "TELEGRAM_CHAT_ID"},
    }
)


class Keep(StrEnum):
    """Where the secrets are."""

    FILE = "file"
    CONFIG = "config"
    ENVIRONMENT = "environment"


class NewRoute(NamedTuple):
    """`values`: as in [routes.NAME], without `kind`. `made_up`: those of them that nobody typed."""

    name: str
    kind: RouteKind
    values: Mapping[str, Value]
    keep: Keep = Keep.FILE
    made_up: frozenset[str] = frozenset()

    @property
    def plain(self) -> dict[str, Value]:
        """The table with the secrets in it."""
        return {"kind": str(self.kind), **self.values}

    @property
    def secrets(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.values.items() if is_secret(self.kind, name)}

    @property
    def variables(self) -> dict[str, str]:
        """Of the environment from which it comes; none: it comes from the config."""
        if self.keep is not Keep.ENVIRONMENT:
            return {}
        return {
            variable: str(self.values[name])
            for name, variable in VARIABLES_OF[self.kind].items()
            if name in self.values
        }

    def files(self, folder: Path, own: Collection[Path] = ()) -> dict[str, Path]:
        """For each secret that gets one: its file, which is not there yet or is one of our `own`."""
        if self.keep is not Keep.FILE:
            return {}
        return {name: _free(folder / f"{self.name}-{name}", own) for name in self.secrets}

    def table(self, files: Mapping[str, Path], home: Path) -> dict[str, Value]:
        """As it is written into the config."""
        known: dict[str, Value] = {"kind": str(self.kind)}
        for name, value in self.values.items():
            if name in files:
                known[f"{name}{FILE}"] = _said(files[name], home)
            else:
                known[name] = value
        return known


def is_secret(kind: RouteKind, name: str) -> bool:
    """The number of a Telegram topic opens nothing."""
    return name in SECRETS and (kind, name) != (RouteKind.TELEGRAM, "topic")


def parsed(name: str, text: str) -> Value:
    """The value of a route's setting as a person types it; a list has commas. Raises Wrong."""
    field = ROUTE_BY_NAME[name]
    if field.kind in {Kind.ADDRESSES, Kind.LABELS}:
        return check(field, [part for one in text.split(",") if (part := one.strip())])
    return from_text(field, text)


def needs(kind: RouteKind, known: Mapping[str, Value]) -> frozenset[str]:
    """The settings that it cannot do without, as far as it is known."""
    login = {"password"} if known.get("user") else set()
    return frozenset(SHAPES[kind].needs) | login


def _free(path: Path, own: Collection[Path]) -> Path:
    tried, number = path, 1
    while tried not in own and (tried.exists() or tried.is_symlink()):
        number += 1
        tried = path.with_name(f"{path.name}-{number}")
    return tried


def _said(path: Path, home: Path) -> str:
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
