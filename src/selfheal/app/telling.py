"""From where a message comes, and how its reader calls the things that it names."""

from collections.abc import Callable, Mapping

from selfheal.app.places import gateway_log, log_folder, port_of
from selfheal.app.words import shown
from selfheal.config.settings import Settings, Target
from selfheal.ports.gateway import DEFAULT_PORT
from selfheal.texts.language import choose
from selfheal.texts.message import Place
from selfheal.texts.next_commands import Gateway


def place_in(
    settings: Settings, environ: Mapping[str, str], host: str, dashboard: str = ""
) -> Callable[[str], Place]:
    """From where a message about a target comes, as its reader needs it."""
    language = choose(settings.language, environ)
    targets = {target.name: target for target in settings.targets}

    def place(name: str) -> Place:
        folder = shown(log_folder(settings, name), environ)
        target = targets.get(name)
        gateway = Gateway() if target is None else _gateway(settings, target, environ)
        return Place(language, host, gateway, folder, dashboard)

    return place


def _gateway(settings: Settings, target: Target, environ: Mapping[str, str]) -> Gateway:
    ours = gateway_log(settings, target)
    log = ours if ours.exists() else target.state_dir / "logs" / "gateway.err.log"
    profile = "" if target.profile.lower() == "default" else target.profile
    return Gateway(
        of=target.name if len(settings.targets) > 1 else "",
        port=port_of(target) or DEFAULT_PORT,
        openclaw=f"openclaw --profile {profile}" if profile else "openclaw",
        tail=f"tail -n 100 {shown(log, environ)}",
    )
