"""The languages of the settings, as functions for the rooms that speak."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from shlex import quote

from selfheal.app.places import log_folder
from selfheal.config.settings import Settings
from selfheal.core.alert import Notify
from selfheal.core.notes import Note
from selfheal.core.reasons import Reason
from selfheal.gateway.site import Site
from selfheal.services.child import OWN_CHILD
from selfheal.texts.alert import alert
from selfheal.texts.describe import describe, say
from selfheal.texts.labels import Label
from selfheal.texts.language import choose

ALERTS = frozenset({Reason.TOLD, Reason.TOLD_LEVEL, Reason.REMINDED})
"""With these an alert is committed, and by none of them has anybody heard of it."""


def describe_in(
    settings: Settings, environ: Mapping[str, str], routes: Callable[[], int] | None = None
) -> Callable[[Note], str]:
    """`routes`: how many are set by now, where they may be read anew; else those of the settings."""
    language = choose(settings.language, environ)

    def words(note: Note) -> str:
        said = describe(note, language)
        if note.reason not in ALERTS:
            return said
        count = len(settings.all_routes) if routes is None else routes()
        return f"{said} ({say(Label.FOR_ROUTES if count else Label.FOR_NOBODY, language, count=count)})"

    return words


def alert_text(settings: Settings, environ: Mapping[str, str], target: str) -> Callable[[Notify], str]:
    """Where there are several gateways it says which one it is."""
    language = choose(settings.language, environ)
    folder = shown(log_folder(settings, target), environ)
    name = target if len(settings.targets) > 1 else ""
    return lambda notify: alert(notify, datetime.now().astimezone(), language, folder, name)


def shown(folder: Path, environ: Mapping[str, str]) -> str:
    """As the document writes it: with ~ for the home."""
    home = Path(environ.get("HOME") or Path.home())
    return f"~/{folder.relative_to(home)}" if folder.is_relative_to(home) else str(folder)


def say_in(settings: Settings, environ: Mapping[str, str]) -> Callable[..., str]:
    """say(label, **values) in the language of the settings."""
    language = choose(settings.language, environ)

    def speak(label: Label, **values: object) -> str:
        return say(label, language, **values)

    return speak


def watching(say: Callable[..., str], site: Site, runner: str) -> str:
    """«main: watching 127.0.0.1:18789, state in /home/a/.openclaw, run by own child»."""
    who = say(Label.OWN_CHILD) if runner == OWN_CHILD else runner  # the others have names of their own
    return say(Label.WATCHING, target=site.name, port=site.port, path=site.state_dir, detail=who)


def typed(path: Path, environ: Mapping[str, str]) -> str:
    """The same as a word of a shell's command line."""
    words = shown(path, environ)
    return f"~/{quote(words[2:])}" if words.startswith("~/") else quote(words)
