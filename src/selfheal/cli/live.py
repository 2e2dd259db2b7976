"""The live view of `up` and `status --watch`. On no terminal it prints a line for everything that changes."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import tzinfo
from typing import Self, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from selfheal.cli.layout import Frame, layout
from selfheal.cli.lines import headline
from selfheal.cli.progress import InstallProgress
from selfheal.cli.timeline import after, full, moments
from selfheal.cli.tones import Line, Tone, text_of
from selfheal.core.report import Report
from selfheal.ports.store import Entry
from selfheal.texts.describe import say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language

STYLES = {
    Tone.PLAIN: "",
    Tone.STRONG: "bold",
    Tone.DIM: "dim",
    Tone.GOOD: "green",
    Tone.WARN: "yellow",
    Tone.BAD: "red",
}
NARROWEST, LOWEST = 20, 6  # below this nothing can be read anyway


def render(
    reports: Sequence[Report],
    entries: Sequence[Entry],
    language: Language,
    width: int,
    height: int,
    *,
    ports: Mapping[str, int | None] | None = None,
    footer: str = "",
    zone: tzinfo | None = None,
) -> RenderableType:
    """The whole picture, never larger than `width` columns by `height` rows. `zone` None: the local one."""
    frame = Frame(language, max(width, NARROWEST), max(height, LOWEST), ports or {}, footer, zone)
    return Group(*(_styled(each) for each in layout(reports, entries, frame)))


def _styled(spans: Line) -> Text:
    text = Text(no_wrap=True, overflow="crop")
    for span in spans:
        text.append(span.text, STYLES[span.tone])
    return text


class LiveScreen:
    """`footer` stands below the view. The last picture stays on the terminal when it ends."""

    def __init__(
        self, language: Language, *, live: bool, colour: bool, out: TextIO | None = None, footer: str = ""
    ) -> None:
        self._language = language
        self._live_wanted = live
        self._console = Console(
            file=out or sys.stdout,
            no_color=not colour,
            force_terminal=live,
            highlight=False,
            markup=False,
            emoji=False,
        )
        self.footer = footer
        self._live: Live | None = None
        self._size = self._console.size
        self._install: InstallProgress | None = None
        self._seen: Entry | None = None
        self._phases: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._end_install()
        with suppress(BlockingIOError):
            if self._live is not None:
                self._live.stop()

    def progress(self, stage: str, done_bytes: int, total_bytes: int | None) -> None:
        if self._install is None:
            self._install = InstallProgress(self._console, self._language).__enter__()
        self._install(stage, done_bytes, total_bytes)

    def say(self, text: str) -> bool:
        try:
            self._console.print(text, soft_wrap=True)
        except BlockingIOError:
            return False
        return True

    def show(
        self, reports: Sequence[Report], entries: Sequence[Entry], ports: Mapping[str, int | None]
    ) -> None:
        self._end_install()
        if self._live_wanted:
            with suppress(BlockingIOError):  # the next picture shows it
                self._draw(reports, entries, ports)
        else:
            self._tell(reports, entries, ports)

    def _draw(
        self, reports: Sequence[Report], entries: Sequence[Entry], ports: Mapping[str, int | None]
    ) -> None:
        width, height = self._console.size
        if self._live is None or self._size != self._console.size:
            self._begin_anew()
        footer = f"{self.footer} · {say(Label.LEAVE, self._language)}".removeprefix(" · ")
        picture = render(reports, entries, self._language, width - 1, height - 1, ports=ports, footer=footer)
        if self._live is not None:
            self._live.update(picture, refresh=True)

    def _begin_anew(self) -> None:
        """After a change of size the terminal has reflowed the old picture: nobody knows where it begins."""
        if self._live is not None:
            self._live.transient = True
            self._live.stop()
            self._console.clear()
        self._size = self._console.size
        self._live = Live(
            console=self._console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )
        self._live.start()

    def _tell(
        self, reports: Sequence[Report], entries: Sequence[Entry], ports: Mapping[str, int | None]
    ) -> None:
        for report in reports:
            if self._phases.get(report.target) != report.phase:
                self._phases[report.target] = report.phase
                self.say(text_of(headline(report, ports.get(report.target), self._language)))
        for moment in moments(after(entries, self._seen)):
            self.say(text_of(full(moment, self._language)))
        self._seen = entries[-1] if entries else self._seen

    def _end_install(self) -> None:
        if self._install is not None:
            self._install.close()
            self._install = None
