"""Why the gateway's process ended: its own records first, what it printed next, the exit code last."""

from dataclasses import dataclass, replace

from selfheal.core.facts import ExitCause
from selfheal.gateway.bootlog import Boot, Outcome, classify, from_last_start, read_boot, read_tail
from selfheal.gateway.lastwords import last_errors, last_words, secrets_of, without_secrets
from selfheal.gateway.site import Site
from selfheal.ports.gateway import ExitReport

KILLED = 137
PROGRAM_MISSING = 127
ASKED_TO_STOP = frozenset({130, 143})  # SIGINT, SIGTERM before the gateway has its handlers
SIGNALLED = 128

RESTARTS = ("gateway.restart", "gateway.installation_replaced")
"""How the reason of a forced end begins that was to be a restart: the second is its own wish in an update."""

NO_ERROR = frozenset({None, 0})
NAMED = frozenset({ExitCause.STOPPED_ON_PURPOSE, ExitCause.RESTART_REQUESTED})
"""Their reason is one of the gateway's own names, not what went wrong."""
FAILED = frozenset({ExitCause.STARTUP_FAILED, ExitCause.CRASHED})


@dataclass(frozen=True, slots=True)
class Ended:
    """One ended process. `since_ms`: a row of this pid that ended before (unix milliseconds) is another's."""

    pid: int
    exit_code: int | None
    since_ms: float
    another_lives: bool = False  # a gateway of this place runs (again): its database is not ours to read
    output: str | None = None  # what it printed, where it was a child of ours; None: look into the log


@dataclass(frozen=True, slots=True)
class Examined:
    """`ask_handoff`: only the gateway's restart handoff can tell this stop from a wish to be restarted."""

    report: ExitReport
    ask_handoff: bool = False


def examine(site: Site, ended: Ended) -> Examined:
    """Blocking, some milliseconds; nothing at all is read after SIGKILL. Starts no program."""
    if ended.exit_code == KILLED:
        return Examined(ExitReport(ExitCause.CRASHED, "SIGKILL"))
    boot = None if ended.another_lives else read_boot(site.database_path, ended.pid, ended.since_ms)
    by_boot = _by_boot(boot) if boot is not None else None
    if by_boot is not None:
        return Examined(by_boot if by_boot.cause in NAMED else _fit_to_be_shown(by_boot, site))
    by_output = _by_output(site, ended) if _ended_in_error(ended, boot) else None
    if by_output is not None:
        return Examined(by_output)
    by_code = _by_code(ended.exit_code, boot)
    if ended.output and by_code.cause in FAILED:
        by_code = _with_last_words(by_code, site, ended.output)
    return Examined(by_code, ask_handoff=ended.exit_code == 0 and boot is None)


def unasked(report: ExitReport, why: str) -> ExitReport:
    """A stop that might have been a wish to be restarted. It stays one: nobody else's word is to be had."""
    return replace(report, detail=f"{report.detail}; its restart handoff could not be asked: {why}")


def _by_boot(boot: Boot) -> ExitReport | None:
    """None for a run that was never completed: others must tell.

    A planned restart needs no handoff to be believed, and the handoff would cost seconds. A forced end was
    asked to stop or to restart and did not get there cleanly: what it was asked for counts.
    """
    match boot.outcome:
        case Outcome.CLEAN_STOP:
            return ExitReport(ExitCause.STOPPED_ON_PURPOSE, boot.reason)
        case Outcome.PLANNED_RESTART:
            return ExitReport(ExitCause.RESTART_REQUESTED, boot.reason)
        case Outcome.FORCED_STOP:
            restart = boot.reason.startswith(RESTARTS)
            cause = ExitCause.RESTART_REQUESTED if restart else ExitCause.STOPPED_ON_PURPOSE
            return ExitReport(cause, boot.reason)
        case Outcome.STARTUP_FAILED:
            return ExitReport(*(classify(boot.reason) or (ExitCause.STARTUP_FAILED, boot.reason)))
        case _:
            return None


def _ended_in_error(ended: Ended, boot: Boot | None) -> bool:
    if ended.exit_code is None:
        return boot is None
    return ended.exit_code not in NO_ERROR | ASKED_TO_STOP


def _by_output(site: Site, ended: Ended) -> ExitReport | None:
    """What it printed. A start that met another gateway says it in many ways: its life is the proof."""
    text = read_tail(site.log_path, ended.since_ms) if ended.output is None else from_last_start(ended.output)
    named = classify(text)
    if named is None:
        return None
    cause, line = named
    if ended.another_lives and cause is ExitCause.STARTUP_FAILED:
        cause = ExitCause.ALREADY_RUNNING
    return _fit_to_be_shown(ExitReport(cause, line), site)


def _fit_to_be_shown(report: ExitReport, site: Site) -> ExitReport:
    detail = without_secrets(report.detail, secrets_of(site.config_path, site.env))
    return replace(report, detail=detail)


def _with_last_words(report: ExitReport, site: Site, output: str) -> ExitReport:
    """A failed start says why it ends, whatever it says; of one that has served only an error counts."""
    tell = last_words if report.cause is ExitCause.STARTUP_FAILED else last_errors
    words = tell(output, secrets_of(site.config_path, site.env))
    return replace(report, detail=": ".join(filter(None, (report.detail, words))))


def _by_code(code: int | None, boot: Boot | None) -> ExitReport:
    if code is None:
        return ExitReport(ExitCause.UNKNOWN if boot is None else ExitCause.CRASHED)
    detail = f"exit code {code}"
    if code in ASKED_TO_STOP or (code == 0 and boot is None):
        return ExitReport(ExitCause.STOPPED_ON_PURPOSE, detail)
    if code == PROGRAM_MISSING or (boot is None and 0 < code < SIGNALLED):
        return ExitReport(ExitCause.STARTUP_FAILED, detail)
    return ExitReport(ExitCause.CRASHED, detail)
