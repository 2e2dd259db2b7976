"""Checked values become records; what is not set gets its default here."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from selfheal.config.environment import STATE_KEY, default_state_dir, expand, gateway_home, home
from selfheal.config.notify_fields import NOTIFY
from selfheal.config.policy_fields import POLICY_FIELDS
from selfheal.config.program_fields import SELFHEAL
from selfheal.config.route_fields import FILE, SECRETS, RouteKind, fields_of
from selfheal.config.routes import Notify, RouteSettings, own_key
from selfheal.config.schema import POLICY_TABLE, TARGET_FIELDS, TARGETS_TABLE
from selfheal.config.settings import Settings, Target
from selfheal.config.walk import Found
from selfheal.core.policy import Policy

PROFILE_FOLDER = ".openclaw-"
"""OpenClaw's state folder of a profile begins so; its profile named «default» is no profile."""


def build(path: Path | None, found: Found, environ: Mapping[str, str]) -> Settings:
    """What is missing or faulty gets its default, so that the relations of the rest can be held."""
    values: Mapping[str, Any] = found.values  # each was checked against its field
    program = {field.name: values.get(field.key, field.default) for field in SELFHEAL}
    policy = Policy(**{field.name: values.get(field.key, field.default) for field in POLICY_FIELDS})
    return Settings(
        path=path,
        language=program["language"],
        memory_dir=_place(program["memory_dir"], environ) or home(environ) / "openclaw/memory",
        state_dir=_place(values.get(STATE_KEY, ""), environ) or default_state_dir(environ),
        log_format=program["log_format"],
        log_keep_days=program["log_keep_days"],
        service_unit=program["service_unit"],
        policy=policy,
        notify=Notify(**{field.name: values.get(field.key, field.default) for field in NOTIFY}),
        routes=tuple(_route(name, values) for name in found.routes),
        targets=tuple(_target(name, values, policy, environ) for name in found.targets),
        warnings=(),
        origins=MappingProxyType(dict(found.origins)),
    )


def _route(name: str, values: Mapping[str, Any]) -> RouteSettings:
    key = own_key(name)
    kind = RouteKind(values[f"{key}.kind"])
    given = {field: values[f"{key}.{field}"] for field in fields_of(kind) if f"{key}.{field}" in values}
    files = {field.removesuffix(FILE): path for field, path in given.items() if _is_file(field)}
    own = {field: value for field, value in given.items() if field != "kind" and not _is_file(field)}
    return RouteSettings(
        key, name, kind, **own, files=tuple((field, path) for field, path in files.items() if path)
    )


def _is_file(field: str) -> bool:
    return field.endswith(FILE) and field.removesuffix(FILE) in SECRETS


def _target(name: str, values: Mapping[str, Any], common: Policy, environ: Mapping[str, str]) -> Target:
    table = f"{TARGETS_TABLE}.{name}"
    own = {field.name: values.get(f"{table}.{field.name}", field.default) for field in TARGET_FIELDS}
    state_dir = _place(own["state_dir"], environ) or gateway_home(environ) / _state_folder(own["profile"])
    overrides = {
        field.name: values[key]
        for field in POLICY_FIELDS
        if (key := f"{table}.{POLICY_TABLE}.{field.name}") in values
    }
    return Target(
        **own
        | {
            "name": name,
            "state_dir": state_dir,
            "config_path": _place(own["config_path"], environ) or state_dir / "openclaw.json",
            "policy": replace(common, **overrides),
        }
    )


def _place(text: str, environ: Mapping[str, str]) -> Path | None:
    return expand(text, environ) if text else None


def _state_folder(profile: str) -> str:
    return ".openclaw" if profile.lower() in {"", "default"} else f"{PROFILE_FOLDER}{profile}"
