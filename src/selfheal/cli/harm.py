"""What a simulation has found: said as soon as it is known, and made small afterwards."""

import shlex
from collections import Counter
from dataclasses import dataclass

import click

from selfheal import __version__
from selfheal.cli.session import Session
from selfheal.core.policy import Policy
from selfheal.sim.campaign import Found
from selfheal.sim.checkout import commit
from selfheal.sim.draw import draw
from selfheal.sim.plan import Plan
from selfheal.sim.shrink import breaks, only, shrink
from selfheal.sim.story import tell
from selfheal.texts.describe import say
from selfheal.texts.labels import Label

SAID_MAX = 20  # of one column: unsafe settings of one's own come to harm in most worlds


@dataclass(frozen=True)
class Drawn:
    """What worlds are drawn from beside their seed, as the command line has it. `file`: empty for none."""

    policy: Policy | None
    rate: float | None
    file: str = ""
    target: str | None = None

    def world(self, seed: int, days: float) -> Plan:
        return draw(seed, days, self.policy, self.rate)

    def command(self, seed: int, days: float, *how: str) -> str:
        """That shows it again."""
        words = ["selfheal", *(("--config", self.file) if self.file else ()), "simulate"]
        words += ["--hostile"] if self.policy is None else []
        words += ["--target", self.target] if self.target and self.policy is not None else []
        words += ["--faults", _exact(self.rate)] if self.rate else []
        return shlex.join([*words, "--seed", str(seed), "--days", _exact(days), *how])


class Harm:
    """On standard error, so that a document on standard output stays one."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._counts: Counter[Drawn] = Counter()

    def found(self, found: Found, drawn: Drawn) -> None:
        """Rule, seed, version and commit, and a command that shows the whole world."""
        self._counts[drawn] += 1
        if self._counts[drawn] <= SAID_MAX:
            version = ", git ".join(filter(None, (__version__, commit())))
            command = drawn.command(found.seed, found.days, "--story")
            rule = found.violation.rule
            self._say(Label.SIM_HARM_FOUND, detail=rule, seed=found.seed, version=version, command=command)

    def more(self) -> None:
        """How many have not been named."""
        if beyond := sum(max(0, count - SAID_MAX) for count in self._counts.values()):
            self._say(Label.SIM_HARM_MORE, count=beyond)

    def make_small(self, found: Found, drawn: Drawn) -> None:
        """A command that shows less of it, where that breaks the rule, and the story."""
        rule, whole = found.violation.rule, drawn.world(found.seed, found.days)
        small = shrink(whole, rule)
        shown = only(drawn.world(found.seed, small.days), small.kept)
        if breaks(shown, rule):
            kept = ",".join(map(str, small.kept))
            command = drawn.command(found.seed, small.days, "--only", kept)
            self._say(Label.SIM_MADE_SMALL, count=len(small.kept), total=len(whole.events), command=command)
        else:
            shown = whole
        for line in tell(shown)[0]:
            click.echo(str(line), err=True)

    def _say(self, label: Label, **values: object) -> None:
        click.echo(say(label, self._session.language, **values), err=True)


def _exact(number: float) -> str:
    """That is read as the same number again."""
    return repr(int(number)) if number == int(number) else repr(number)
