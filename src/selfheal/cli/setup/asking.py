"""Asks a person at a terminal, again until the answer can be used. Ctrl-C raises click's Abort."""

from collections.abc import Mapping, Sequence

import click

from selfheal.cli.session import Session
from selfheal.cli.tones import Line, Span, Tone, aligned, line
from selfheal.texts.printable import clean
from selfheal.texts.setup import NO, YES, Setup, setup_words


class Asking:
    def __init__(self, session: Session) -> None:
        self.language = session.language
        self._paint = session.paint

    def words(self, which: Setup, **values: object) -> str:
        return setup_words(which, self.language, **values)

    def say(self, which: Setup, tone: Tone = Tone.PLAIN, **values: object) -> None:
        self.show(line(Span(self.words(which, **values), tone)))

    def show(self, *lines: Line) -> None:
        for each in lines:
            click.echo(self._paint(each))

    def wrong(self, words: str) -> None:
        self.show(line(Span("✘ ", Tone.BAD), Span(words, Tone.BAD)))

    def text(self, question: str, default: str = "", hint: str = "", *, secret: bool = False) -> str:
        """What was typed; `default` where that was nothing. A secret is not echoed, nor is its default."""
        asked = f"{question} ({hint})" if hint else question
        shown = bool(default) and not secret
        answer: str = click.prompt(asked, default=default, show_default=shown, hide_input=secret, type=str)
        return answer.strip()

    def yes(self, which: Setup, *, default: bool, **values: object) -> bool:
        question = f"{self.words(which, **values)} [{'Y/n' if default else 'y/N'}]"
        while True:
            answer = self.text(question).lower()
            if not answer:
                return default
            if answer in YES or answer in NO:
                return answer in YES
            self.wrong(self.words(Setup.YES_OR_NO))

    def one_of(self, which: Setup, choices: Mapping[str, str], **values: object) -> str:
        """One of `choices`, each with what is said of it; the first one is the default."""
        self.say(which, Tone.STRONG, **values)
        self.list(choices)
        names = list(choices)
        while True:
            answer = self.text(">", "1")
            if (found := picked(answer, names)) is not None:
                return found
            self.wrong(self.words(Setup.NO_CHOICE, detail=clean(answer), count=len(names)))

    def list(self, choices: Mapping[str, str], *, named: bool = False) -> None:
        rows = [
            [Span(f"  {number}"), *([Span(name, Tone.STRONG)] if named else []), Span(said)]
            for number, (name, said) in enumerate(choices.items(), start=1)
        ]
        self.show(*aligned(rows))


def picked(answer: str, names: Sequence[str]) -> str | None:
    """By its number, its name, or the beginning of the only name that begins so."""
    if answer.isascii() and answer.isdigit():
        return names[int(answer) - 1] if 1 <= int(answer) <= len(names) else None
    text = answer.lower().replace("_", "-").replace(" ", "-")
    begun = [name for name in names if text and name.startswith(text)]
    return text if text in names else begun[0] if len(begun) == 1 else None
