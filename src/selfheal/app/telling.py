"""From where a message comes, and how its reader calls the things that it names."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from selfheal.app.asking import LOGS
from selfheal.app.compose import Composer
from selfheal.app.dashboard import link_of
from selfheal.app.known_secrets import known_secrets
from selfheal.app.places import SANDBOX_TARGET, as_it_is, database_path, gateway_log, log_folder, port_of
from selfheal.app.words import shown, typed
from selfheal.config.settings import Settings, Target
from selfheal.core.alert import Notify
from selfheal.core.instants import Now
from selfheal.ports.gateway import DEFAULT_PORT
from selfheal.ports.outbox import Alert
from selfheal.store.reader import Reader
from selfheal.texts.language import choose
from selfheal.texts.message import Place, Story, told
from selfheal.texts.next_commands import CHECK, Gateway
from selfheal.texts.redact import Redactor


def composer(settings: Settings, environ: Mapping[str, str], host: str, installation: str) -> Composer:
    """Reads every secret that this host knows; make it once a process."""
    redactor = Redactor(known_secrets(settings, environ))
    return Composer(
        read=lambda: Reader(database_path(settings)),
        place=place_in(settings, environ, host, redactor),
        folder=lambda target: log_folder(settings, target),
        installation=installation,
        redactor=redactor,
        is_quiet=lambda now: quiet_s(settings, now) > 0,
    )


def printed(settings: Settings, environ: Mapping[str, str], host: str) -> Callable[[str, Notify, Now], str]:
    """What a message about a target's alert says, for who passes it on; without a history."""
    redactor = Redactor(known_secrets(settings, environ))
    place = place_in(settings, environ, host, redactor)

    def text(target: str, notify: Notify, now: Now) -> str:
        return redactor.redact(told(Story(Alert(0, target, notify, now.wall)), place(target), now.wall).body)

    return text


def quiet_s(settings: Settings, now: Now) -> float:
    """For how many seconds what is not critical wakes nobody; 0: it may."""
    return settings.notify.quiet_s(datetime.fromtimestamp(now.wall).astimezone().time())


def place_in(
    settings: Settings, environ: Mapping[str, str], host: str, redactor: Redactor | None = None
) -> Callable[[str], Place]:
    """From where a message about a target comes, as its reader needs it."""
    language = choose(settings.language, environ)
    targets = {target.name: target for target in settings.targets}
    dashboard = link_of(settings.notify.dashboard_url, redactor or Redactor())

    def place(name: str) -> Place:
        folder = shown(log_folder(settings, name), environ)
        target = targets.get(name)
        gateway = Gateway() if target is None else _gateway(settings, target, environ)
        return Place(language, host, gateway, folder, dashboard)

    return place


def openclaw_of(settings: Settings, environ: Mapping[str, str], target: Target) -> str:
    """How a person calls the command line of its OpenClaw: the sandbox's is on no PATH."""
    if target.name == SANDBOX_TARGET:
        from selfheal.app.sandboxed import its_openclaw  # noqa: PLC0415 - few have one

        return its_openclaw(settings, environ)
    profile = "" if target.profile.lower() == "default" else target.profile
    return f"openclaw --profile {profile}" if profile else "openclaw"


def _gateway(settings: Settings, target: Target, environ: Mapping[str, str]) -> Gateway:
    """Of the sandbox as it is, whatever was set for another; `check` installs its program again."""
    is_boxed = target.name == SANDBOX_TARGET
    looked_at = as_it_is(settings) if is_boxed else target
    made = Gateway(
        of=target.name if len(settings.targets) > 1 else "",
        port=port_of(looked_at) or DEFAULT_PORT,
        openclaw=openclaw_of(settings, environ, target),
        tail=_tail(settings, looked_at, environ),
        recoveries=f"{typed(log_folder(settings, target.name), environ)}/{LOGS}",
    )
    return replace(made, install=CHECK.format(of="")) if is_boxed else made


def _tail(settings: Settings, target: Target, environ: Mapping[str, str]) -> str:
    ours = gateway_log(settings, target)
    log = ours if ours.exists() else target.state_dir / "logs" / "gateway.err.log"
    return f"tail -n 100 {typed(log, environ)}"
