"""The three commands that help a person on, by what an incident is most likely about.

They only look, but for `selfheal check`, which may heal, `selfheal resume`, which also starts a gateway that
was left down, and the installation of a package of which a part is gone. `openclaw doctor` is named only
where the gateway does not run, and never with `--fix`, which makes some of these troubles worse.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from selfheal.core.alert import AlertKind
from selfheal.core.reasons import Cause
from selfheal.ports.gateway import DEFAULT_PORT

SHOW = "selfheal incidents show {incident}{of}"
STATUS = "selfheal status{of}"
CHECK = "selfheal check{of}"
LOGS = "selfheal logs{of}"
RESUME = "selfheal resume{of}"
LIST = "selfheal incidents list{of}"
DISK = "df -h"
LISTENER = "lsof -nP -i :{port}"
ANSWER = "curl -i http://127.0.0.1:{port}/"
DOCTOR = "{openclaw} doctor --non-interactive"
VALIDATE = "{openclaw} config validate"
CHANNELS = "{openclaw} channels status"
TAIL = "{tail}"
VERSION = "{openclaw} --version"
INSTALL = "{install}"
LARGEST = "du -xhd1 ~ | sort -h | tail"
OUR_CONFIG = "selfheal config check"
RECOVERIES = "tail -n 50 {recoveries}"

NEXT: Mapping[Cause, tuple[str, str, str]] = {
    Cause.PROCESS_GONE: (SHOW, TAIL, DOCTOR),
    Cause.KEEPS_DYING: (SHOW, TAIL, DOCTOR),
    Cause.LEFT_DOWN: (RESUME, SHOW, TAIL),
    Cause.NOT_ANSWERING: (SHOW, ANSWER, TAIL),
    Cause.WRONG_ANSWER: (SHOW, ANSWER, LISTENER),
    Cause.PORT_TAKEN: (LISTENER, SHOW, CHECK),
    Cause.DEEP_CHECK: (SHOW, DISK, TAIL),
    Cause.DEGRADED: (SHOW, CHANNELS, TAIL),
    Cause.DRAINING_LONG: (SHOW, TAIL, STATUS),
    Cause.BLIND: (STATUS, OUR_CONFIG, DISK),
    Cause.PACKAGE_BROKEN: (SHOW, VERSION, INSTALL),
    Cause.CONFIG_UNLOADABLE: (VALIDATE, SHOW, CHECK),
    Cause.DISK_FULL: (DISK, LARGEST, SHOW),
}
UNKNOWN = (SHOW, STATUS, TAIL)
DISTRUST = (SHOW, LOGS, RESUME)
RECOVERY = (RECOVERIES, STATUS, CHECK)
OF_KIND: Mapping[AlertKind | None, tuple[str, str, str]] = {
    AlertKind.DISTRUST: DISTRUST,
    AlertKind.RECOVERY: RECOVERY,
}
MANY = (LIST, STATUS, LOGS)
MANY_AND_RECOVERIES = (RECOVERIES, LIST, STATUS)


@dataclass(frozen=True, slots=True)
class Gateway:
    """`of`: its name, where there are several. `openclaw`: how its command line is called. `tail`: shows the
    end of its log. `install`: puts its program in place again. `recoveries`: where the logs of its recoveries
    lie.
    """

    of: str = ""
    port: int = DEFAULT_PORT
    openclaw: str = "openclaw"
    tail: str = "tail -n 100 ~/.openclaw/logs/gateway.err.log"
    install: str = "npm install -g openclaw"
    recoveries: str = "~/openclaw/memory/emergency-recovery-*.log"


def commands(kind: AlertKind | None, cause: Cause | None, incident: int, gateway: Gateway) -> list[str]:
    known = UNKNOWN if cause is None else NEXT[cause]
    return _filled(OF_KIND.get(kind, known), incident, gateway)


def commands_for_many(gateway: Gateway, *, incidents: bool, logs: bool) -> list[str]:
    """A log of a recovery is no incident, and no list of ours has it."""
    known = MANY_AND_RECOVERIES if incidents else RECOVERY
    return _filled(known if logs else MANY, 0, gateway)


def acknowledge(incident: int, gateway: Gateway) -> str:
    return _filled(("selfheal ack {incident}{of}",), incident, gateway)[0]


def _filled(templates: tuple[str, ...], incident: int, gateway: Gateway) -> list[str]:
    of = f" --target {gateway.of}" if gateway.of else ""
    values = {
        "incident": incident,
        "of": of,
        "port": gateway.port,
        "openclaw": gateway.openclaw,
        "tail": gateway.tail,
        "install": gateway.install,
        "recoveries": gateway.recoveries,
    }
    return [template.format_map(values) for template in templates]
