"""What one call of the command line knows: its options, its surroundings, and the way to the app."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from selfheal.cli.tones import Paint
from selfheal.config.fault import ConfigFaults
from selfheal.config.settings import Settings
from selfheal.texts.labels import Label
from selfheal.texts.language import Language, choose

if TYPE_CHECKING:
    from selfheal.cli.facade import App, Reader


def load_app() -> "App":
    """Late: `--help` and `--version` need none of it."""
    from selfheal.app import commands  # noqa: PLC0415

    return commands


class Session:
    def __init__(self, environ: Mapping[str, str], app_loader: "Callable[[], App]" = load_app) -> None:
        self.environ = environ
        self.config: Path | None = None
        self.lang: str | None = None
        self.no_color = False
        self.forgiving = False  # the faults of a config are told, and what is right of it is used
        self._load_app = app_loader

    @cached_property
    def app(self) -> "App":
        return self._load_app()

    @cached_property
    def settings(self) -> Settings:
        """With the targets as they are watched."""
        return self.app.watched(self.as_set)

    @cached_property
    def as_set(self) -> Settings:
        """`--lang` overrules what was set, for whoever speaks."""
        if self.forgiving:
            settings, faults = self.app.load_right_part(self.config, self.environ)
            if faults:
                self._tell_of(faults, settings.language)
        else:
            settings = self.app.load_settings(self.config, self.environ)
        return replace(settings, language=self.lang) if self.lang else settings

    def settings_of(self, file: Path) -> Settings:
        """Of a file besides one's own."""
        return self.app.load_settings(file, self.environ)

    @cached_property
    def language(self) -> Language:
        """A config with faults costs the language that it asks for; who needs more of it reads `settings`."""
        try:
            return choose(self.settings.language, self.environ)
        except ConfigFaults:
            return self.language_without_settings

    @property
    def language_without_settings(self) -> Language:
        """For a complaint about the settings themselves."""
        return choose(self.lang or "", self.environ)

    def _tell_of(self, faults: int, language: str) -> None:
        from shlex import join  # noqa: PLC0415 - needed only where something is wrong

        from selfheal.texts.describe import say  # noqa: PLC0415

        named = ("--config", str(self.config)) if self.config is not None else ()
        command = join(["selfheal", *named, "config", "check"])
        text = say(
            Label.CONFIG_FAULTS, choose(self.lang or language, self.environ), count=faults, command=command
        )
        sys.stderr.write(f"selfheal: {text}\n")

    @contextmanager
    def reader(self) -> "Iterator[Reader | None]":
        """None: nothing has been kept yet; of a database that is empty, and might not be, that is told."""
        from selfheal.store.reader import EmptyDatabaseError, NoDatabaseError  # noqa: PLC0415 - loaded by then

        try:
            reader = self.app.open_reader(self.settings)
        except NoDatabaseError:
            yield None
            return
        except EmptyDatabaseError as error:
            sys.stderr.write(f"selfheal: {error}\n")
            yield None
            return
        with closing(reader):
            yield reader

    @property
    def terminal(self) -> bool:
        return sys.stdout.isatty() and self.environ.get("TERM") != "dumb"

    @property
    def colour(self) -> bool:
        return self.terminal and not self.no_color and not self.environ.get("NO_COLOR")

    @property
    def paint(self) -> Paint:
        return Paint(self.colour)

    def target_names(self, wanted: str | None) -> list[str]:
        """All configured targets, or the wanted one."""
        return _chosen([target.name for target in self.settings.targets], wanted)

    def asked_names(self, wanted: str | None) -> list[str]:
        """As `target_names`, and whom the resident watches: its config may be another one by now."""
        names = (*self.watched_names, *(target.name for target in self.settings.targets))
        return _chosen(list(dict.fromkeys(names)), wanted)

    @cached_property
    def watched_names(self) -> Sequence[str]:
        """By the living resident; empty: none lives, or it does not say."""
        return self.app.resident_targets(self.settings)


def _chosen(names: list[str], wanted: str | None) -> list[str]:
    """All, or the wanted one."""
    if wanted is None:
        return names
    if wanted not in names:
        from selfheal.cli.usage import WrongValue  # noqa: PLC0415 - with click, through which it came

        raise WrongValue(Label.NO_TARGET, hint="--target", target=wanted, detail=", ".join(names))
    return [wanted]
