"""Settings out of a file and the environment, or all that is wrong with them.

Nothing is remembered between two calls: a running resident calls `load` again on SIGHUP and keeps what it
has when ConfigFaults is raised.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from selfheal.config.build import build
from selfheal.config.check import from_text
from selfheal.config.environment import (
    CONFIG_VARIABLE,
    STATE_KEY,
    STATE_VARIABLE,
    VARIABLES,
    config_path,
    homeless,
    placeholders,
    read_variables,
)
from selfheal.config.fault import FAULTS_MAX, ConfigFaults, Fault, Problem, Text, Wrong
from selfheal.config.judge import judge
from selfheal.config.profiles import not_watched
from selfheal.config.route_fields import FILE
from selfheal.config.schema import DEFAULT_TARGET, PLAIN_FIELDS, TARGET_FIELDS, TARGETS_TABLE, field_of
from selfheal.config.secret_files import read_files
from selfheal.config.settings import Origin, OriginKind, Settings
from selfheal.config.source import Source, read_source, source_of
from selfheal.config.walk import Found, walk

_NAME_ANOTHER = Text("name another", "다른 파일을 지정하세요")
_UNSET = Text(
    f"unset {CONFIG_VARIABLE} to run with the defaults",
    f"기본값으로 실행하려면 {CONFIG_VARIABLE}를 빼세요",
)


def _nothing_more(settings: Settings) -> list[Fault]:
    del settings
    return []


def load(
    path: Path | None,
    environ: Mapping[str, str],
    also: Callable[[Settings], list[Fault]] = _nothing_more,
) -> Settings:
    """Reads `path`, or the usual place when it is None. Raises ConfigFaults with every fault at once.

    The usual place may be empty: then the defaults and the environment hold. A file that was named, here
    or by $SELFHEAL_CONFIG, must exist. `also`: what somebody else finds wrong with what is right for us.
    """
    return _right(_source(path, environ), environ, also)


def load_text(
    text: str,
    path: Path,
    environ: Mapping[str, str],
    also: Callable[[Settings], list[Fault]] = _nothing_more,
) -> Settings:
    """The same of a text that is yet to be written to `path`. Raises ConfigFaults."""
    if (fault := homeless(environ)) is not None:
        raise ConfigFaults([fault])
    return _right(source_of(text.replace("\r\n", "\n"), path), environ, also)


def _right(source: Source, environ: Mapping[str, str], also: Callable[[Settings], list[Fault]]) -> Settings:
    settings, faults = assess(source, environ)
    faults += also(settings)
    if faults:
        raise ConfigFaults(_in_order(faults), "" if source.path is None else str(source.path))
    return settings


def assess(source: Source, environ: Mapping[str, str]) -> tuple[Settings, list[Fault]]:
    """What is right of document and environment, with defaults for the rest; and all that is wrong."""
    found = walk(source)
    listed = bool(source.content.get(TARGETS_TABLE))
    if not listed:
        found.targets.append(DEFAULT_TARGET)
    read_files(found, environ)
    _add_environment(found, environ)
    settings = build(source.path, found, environ)
    faults, warnings = judge(settings, _wrong_keys(found.faults))
    others = () if listed else not_watched(settings, environ)
    settings = _with_warnings(settings, source, [*warnings, *placeholders(environ), *others])
    return settings, [*found.faults, *faults]


def _source(path: Path | None, environ: Mapping[str, str]) -> Source:
    if (fault := homeless(environ)) is not None:
        raise ConfigFaults([fault])
    if path is not None:
        return read_source(path, otherwise=_NAME_ANOTHER)
    return read_source(config_path(environ), otherwise=_UNSET if environ.get(CONFIG_VARIABLE) else None)


def _add_environment(found: Found, environ: Mapping[str, str]) -> None:
    keys = [field.key for field in PLAIN_FIELDS]
    if DEFAULT_TARGET in found.targets:
        keys += [f"targets.{DEFAULT_TARGET}.{field.name}" for field in TARGET_FIELDS]
    for given in read_variables(environ, (key for key in keys if key not in found.origins), found.faults):
        found.values[given.variable.key] = given.value
        found.origins[given.variable.key] = Origin(OriginKind.ENVIRONMENT, None, given.variable.name)
    if own := environ.get(STATE_VARIABLE, ""):
        try:
            found.values[STATE_KEY] = from_text(field_of(STATE_KEY), own)
        except Wrong as wrong:
            found.faults.append(Fault(STATE_VARIABLE, None, wrong.problem, wrong.data))
        found.origins[STATE_KEY] = Origin(OriginKind.ENVIRONMENT, None, STATE_VARIABLE)


def _wrong_keys(faults: list[Fault]) -> frozenset[str]:
    keys = frozenset(fault.key for fault in faults)
    return keys | {variable.key for variable in VARIABLES if variable.name in keys}


def _with_warnings(settings: Settings, source: Source, warnings: list[Fault]) -> Settings:
    secrets = (
        key for key, o in settings.origins.items() if o.kind is OriginKind.FILE and field_of(key).secret
    )
    if source.others_may_read and any(f"{key}{FILE}" not in settings.origins for key in secrets):
        warnings.append(Fault(str(source.path), None, Problem.EXPOSED))
    return replace(settings, warnings=tuple(warnings))


def _in_order(faults: list[Fault]) -> list[Fault]:
    """By line; what has none comes last. More than a person reads is only counted."""
    ordered = sorted(faults, key=lambda fault: (fault.line is None, fault.line or 0))
    if len(ordered) <= FAULTS_MAX:
        return ordered
    return [*ordered[:FAULTS_MAX], Fault("…", None, Problem.MORE, (str(len(ordered) - FAULTS_MAX),))]
