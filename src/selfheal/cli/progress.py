"""The bar of the sandbox's install. Stages come in order; a stage without a total gets a moving bar."""

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from selfheal.texts.describe import say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language

STEP_BYTES = 20_000_000  # on a pipe, one line for so much
NAMES = {
    "waiting": Label.INSTALL_WAITING,
    "node": Label.INSTALL_NODE,
    "openclaw": Label.INSTALL_OPENCLAW,
    "verifying": Label.INSTALL_VERIFYING,
    "ready": Label.INSTALL_READY,
}
LAST = "ready"
SAID = {
    "damaged": Label.INSTALL_DAMAGED,
    "ending": Label.INSTALL_ENDING,
    "ended": Label.INSTALL_ENDED,
}
"""No stages with a bar, but a line each, on a terminal too."""


class InstallProgress:
    """Call it with `(stage, done_bytes, total_bytes | None)`. On no terminal it prints lines."""

    def __init__(self, console: Console, language: Language) -> None:
        self._console = console
        self._language = language
        self._stage = ""  # the one whose bar is moving
        self._task: TaskID | None = None
        self._printed = -1  # how many steps of the stage have had their line
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[size]}", justify="right"),
            TimeElapsedColumn(),
            console=console,
            expand=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        if self._task is not None:
            self._progress.stop()
            self._task = None

    def __call__(self, stage: str, done_bytes: int, total_bytes: int | None) -> None:
        if stage in SAID:
            self.close()
            self._console.print(say(SAID[stage], self._language), soft_wrap=True)
        elif not self._console.is_terminal:
            self._print(stage, done_bytes)
        elif stage == LAST:
            self._complete()
            self.close()
        else:
            self._draw(stage, done_bytes, total_bytes)

    def _draw(self, stage: str, done_bytes: int, total_bytes: int | None) -> None:
        if self._task is None or stage != self._stage:  # a stage may come again: each program is verified
            self._complete()
            self._task = self._progress.add_task(self._name(stage), total=total_bytes, size="")
            self._stage = stage
            self._progress.start()
        size = _megabytes(done_bytes, total_bytes)
        self._progress.update(self._task, completed=done_bytes, total=total_bytes, size=size)

    def _complete(self) -> None:
        """A stage has ended when the next begins; its total was only an estimate."""
        for task in self._progress.tasks:
            done = max(task.completed, 1)
            self._progress.update(task.id, total=done, completed=done)

    def _name(self, stage: str) -> str:
        label = NAMES.get(stage)
        return say(label, self._language) if label is not None else stage

    def _print(self, stage: str, done_bytes: int) -> None:
        step = done_bytes // STEP_BYTES
        if stage != self._stage:
            self._stage, self._printed = stage, -1
        if self._printed < step:
            self._printed = step
            amount = f" {done_bytes / 1e6:.0f} MB" if done_bytes else ""
            self._console.print(f"{self._name(stage)}{amount}", soft_wrap=True)


def _megabytes(done_bytes: int, total_bytes: int | None) -> str:
    if total_bytes is None:
        return f"{done_bytes / 1e6:.0f} MB" if done_bytes else ""
    return f"{done_bytes / 1e6:.0f}/{total_bytes / 1e6:.0f} MB"
