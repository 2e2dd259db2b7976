"""`selfheal simulate`: what settings would do, in many made-up worlds on virtual time."""

import math
import os
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from selfheal import __version__
from selfheal.app.exit_codes import Exit
from selfheal.cli import jsonout
from selfheal.cli.ending import ended_in_order
from selfheal.cli.harm import Drawn, Harm
from selfheal.cli.params import Whole, Within
from selfheal.cli.session import Session
from selfheal.cli.tones import Line, Span, Tone, aligned
from selfheal.cli.usage import WrongUse, WrongValue
from selfheal.config.changes import changes
from selfheal.config.policy_fields import POLICY_FIELDS
from selfheal.config.schema import TARGETS_TABLE
from selfheal.config.settings import OriginKind, Settings, Target
from selfheal.core.policy import Policy
from selfheal.ports.store import StoreError
from selfheal.sim.account import SECONDS, WHOLE, Figure, document, figures, worst
from selfheal.sim.campaign import Found, Sum, Task, Together, WorkerLostError, heard_later, run
from selfheal.sim.checkout import commit
from selfheal.sim.draw import draw
from selfheal.sim.place import one_folder
from selfheal.sim.shrink import only
from selfheal.sim.story import tell
from selfheal.texts.describe import duration, say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language

USUAL_RATE = 0.1  # faults a day: three a month, more than most people see
PROGRESS_S = 1.0
FEW = 10  # days: fewer are told with a tenth
WORLDS_MAX = 10_000_000  # more than a machine lives in a year, and few enough to be counted
JOBS_MAX = 1_024  # processes of one pool; more than this have more to do with each other than with worlds
DRAWN, DEFAULTS, ENVIRONMENT = "drawn", "defaults", "environment"  # columns without a file
POLICY_KEYS = frozenset(field.key for field in POLICY_FIELDS)


@dataclass(frozen=True)
class Worlds:
    """Which worlds are run. `rate` None: each is as hard as its seed says, and so are its settings."""

    seed: int
    days: float
    count: int
    rate: float | None

    def tasks(self, policies: Collection[Policy | None]) -> Iterable[Task]:
        """Each world under all of them, then the next."""
        seeds = range(self.seed, self.seed + self.count)
        return (
            Task(seed, self.days, policy, self.rate, column)
            for seed in seeds
            for column, policy in enumerate(policies)
        )


@dataclass(frozen=True)
class Unlike:
    """Two files, as far as the simulator does not see them. `same`: it sees no difference at all."""

    not_simulated: tuple[str, ...]
    same: bool


@click.command()
@click.option("--seed", type=Whole(0), default=1, show_default=True, help="The first world.")
@click.option(
    "--days", type=Within(0.1, 3660), default=365.0, show_default=True, help="Length of each world."
)
@click.option("--worlds", "count", type=Whole(1, WORLDS_MAX), help="How many.  [default: 20; 1 with --story]")
@click.option("--faults", "rate", type=Within(0.001, 50), help="Faults a day.  [default: 0.1]")
@click.option("--hostile", is_flag=True, help="Draw rate and settings as well: a search for harm that we do.")
@click.option("--compare", nargs=2, type=click.Path(path_type=Path), metavar="A B", help="Two config files.")
@click.option("--target", metavar="NAME", help="Settings of this gateway.  [default: the first one's]")
@click.option("--story", is_flag=True, help="Tell the first world, one line a transition.")
@click.option("--only", "kept", metavar="1,2,…", help="Keep only these of its events, counted from 0.")
@click.option("--jobs", type=Whole(0, JOBS_MAX), default=0, help="Processes.  [default: one a processor]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (docs/json.md).")
@click.pass_obj
def simulate(
    session: Session,
    seed: int,
    days: float,
    count: int | None,
    rate: float | None,
    hostile: bool,
    compare: tuple[Path, Path] | None,
    target: str | None,
    story: bool,
    kept: str | None,
    jobs: int,
    as_json: bool,
) -> int:
    """Runs the decision core and its loop in made-up worlds, and says what came of it."""
    one = "--story" if story else "--only" if kept is not None else ""
    _refuse_both("--hostile" if hostile else "", {"--compare": compare, "--target": target})
    for word, given in (("--hostile", hostile), ("--compare", compare)):
        _refuse_both(word if given else "", {"--config": session.config})
    several = count is not None and count > 1
    _refuse_both(one, {"--compare": compare, "--json": as_json, f"--worlds {count}": several})
    worlds = Worlds(seed, days, count or 20, rate if hostile else rate or USUAL_RATE)
    with ended_in_order() as heed:
        if one:
            policy = None if hostile else _policy(session.settings, target)
            return _story(session, worlds, policy, kept)
        drawn = _drawn(session, compare, target, worlds.rate, hostile=hostile)
        unlike = _unlike(session, compare, drawn, target) if compare else None
        jobs = min(jobs or os.cpu_count() or 1, worlds.count * len(drawn))
        return _search(session, worlds, drawn, unlike, jobs, heed, as_json=as_json)


def _search(
    session: Session,
    worlds: Worlds,
    drawn: Mapping[str, Drawn],
    unlike: Unlike | None,
    jobs: int,
    heed: Callable[[], None],
    *,
    as_json: bool,
) -> int:
    began, cpu_began_s = time.monotonic(), _cpu_s()
    columns, harm = {name: Sum() for name in drawn}, Harm(session)
    ended = _run_all(session, worlds, columns, drawn, harm, jobs, heed)
    whole = ended is Exit.DONE
    try:
        if as_json:
            made = document(columns, time.monotonic() - began, _cpu_s() - cpu_began_s, jobs, whole=whole)
            _print_document(worlds, made, unlike)
        else:
            _print_table(session, columns, unlike)
        harm.more()
        if whole:
            _make_small(harm, columns, drawn)
    except KeyboardInterrupt:
        click.echo(say(Label.SIM_NOT_MADE_SMALL, session.language), err=True)
        return Exit.INTERRUPTED
    if not whole:
        label = Label.SIM_INTERRUPTED if ended is Exit.INTERRUPTED else Label.SIM_NOT_ALL
        click.echo(say(label, session.language), err=True)
        return ended
    return Exit.NOT_WELL if worst(columns) else Exit.DONE


def _print_document(worlds: Worlds, made: Mapping[str, object], unlike: Unlike | None) -> None:
    about = {"schema": jsonout.SCHEMA, "selfheal": __version__, "commit": commit(), "asked": asdict(worlds)}
    click.echo(jsonout.dump({**about, **made, **_unlike_document(unlike)}))


def _print_table(session: Session, columns: Mapping[str, Sum], unlike: Unlike | None) -> None:
    if any(total.worlds for total in columns.values()):
        for each in _table(columns, session.language):
            click.echo(session.paint(each))
        for said in _unlike_said(unlike, session.language):
            click.echo(said)


def _make_small(harm: Harm, columns: Mapping[str, Sum], drawn: Mapping[str, Drawn]) -> None:
    """Of each column the first one found."""
    with one_folder():
        for name in worst(columns):
            harm.make_small(columns[name].found[0], drawn[name])


def _refuse_both(word: str, others: Mapping[str, object]) -> None:
    """What would be ignored beside `word` is refused, so that nobody reads an answer to another question."""
    for other, given in others.items():
        if word and given:
            raise WrongUse(Label.SIM_NOT_TOGETHER, detail=word, target=other)


def _drawn(
    session: Session,
    compare: tuple[Path, Path] | None,
    target: str | None,
    rate: float | None,
    *,
    hostile: bool,
) -> dict[str, Drawn]:
    """Of each column, whose name may be that of a file or the word for none."""
    if hostile:
        return {DRAWN: Drawn(None, rate)}
    if not compare:
        settings = session.settings
        file = "" if settings.path is None else str(settings.path)
        return {_name(settings): Drawn(_policy(settings, target), rate, file, target)}
    files = [str(path) for path in compare]
    policies = [_policy(session.settings_of(path), target) for path in compare]
    if len(set(files)) == 1:
        raise WrongValue(Label.SIM_SAME_FILE, hint="--compare", detail=files[0])
    drawn = (Drawn(policy, rate, file, target) for policy, file in zip(policies, files, strict=True))
    return dict(zip(files, drawn, strict=True))


def _name(settings: Settings) -> str:
    """Of its column: where its numbers come from."""
    if settings.path is not None:
        return str(settings.path)
    set_there = {key for key, origin in settings.origins.items() if origin.kind is OriginKind.ENVIRONMENT}
    return ENVIRONMENT if set_there & POLICY_KEYS else DEFAULTS


def _unlike(
    session: Session, files: tuple[Path, Path], drawn: Mapping[str, Drawn], target: str | None
) -> Unlike:
    one, other = (session.settings_of(path) for path in files)
    names = {_target(settings, target).name for settings in (one, other)}
    same = len({each.policy for each in drawn.values()}) == 1
    return Unlike(tuple(_not_simulated(one, other, names)), same)


def _not_simulated(one: Settings, other: Settings, names: Collection[str]) -> Iterator[str]:
    """`names`: of the targets whose policies are."""
    simulated = tuple(f"{TARGETS_TABLE}.{name}.policy." for name in names)
    for key in (change.key for change in changes(one, other)):
        if f"{key}.policy." in simulated:  # only one of the files has this target
            ours = (each for each in (*one.origins, *other.origins) if each.startswith(f"{key}."))
            yield from (each for each in dict.fromkeys(ours) if not each.startswith(simulated))
        elif key not in POLICY_KEYS and not key.startswith(simulated):
            yield key


def _unlike_document(unlike: Unlike | None) -> dict[str, object]:
    if unlike is None:
        return {"not_simulated": [], "same_policy": None}
    return {"not_simulated": list(unlike.not_simulated), "same_policy": unlike.same}


def _unlike_said(unlike: Unlike | None, language: Language) -> Iterator[str]:
    if unlike is None:
        return
    if unlike.same:
        yield say(Label.SIM_SAME_POLICY, language)
    if unlike.not_simulated:
        yield say(Label.SIM_NOT_SIMULATED, language, detail=", ".join(unlike.not_simulated))


def _policy(settings: Settings, wanted: str | None) -> Policy:
    return _target(settings, wanted).policy


def _target(settings: Settings, wanted: str | None) -> Target:
    """The wanted one, else the first."""
    if wanted is None:
        return settings.targets[0]
    found = next((target for target in settings.targets if target.name == wanted), None)
    if found is None:
        names = ", ".join(target.name for target in settings.targets)
        if settings.path is None:
            raise WrongValue(Label.NO_TARGET, hint="--target", target=wanted, detail=names)
        where = str(settings.path)
        raise WrongValue(Label.SIM_NO_TARGET, hint="--target", target=wanted, detail=names, path=where)
    return found


class _Progress:
    """How many worlds have come to their end: on a terminal, in a line that goes again."""

    def __init__(self, session: Session, total: int) -> None:
        self._shows = sys.stderr.isatty()
        self._language, self._total = session.language, total
        self._told_at = time.monotonic()

    def tell(self, count: int) -> None:
        if self._shows and time.monotonic() - self._told_at > PROGRESS_S:
            self._told_at = time.monotonic()
            said = say(Label.SIM_PROGRESS, self._language, count=count, total=self._total)
            click.echo(f"\r{said}", nl=False, err=True)

    def clear(self) -> None:
        if self._shows:
            click.echo("\r\x1b[K", nl=False, err=True)


def _run_all(
    session: Session,
    worlds: Worlds,
    columns: Mapping[str, Sum],
    drawn: Mapping[str, Drawn],
    harm: Harm,
    jobs: int,
    heed: Callable[[], None],
) -> Exit:
    """Unless DONE what is in the columns by then is true, of the same worlds, and not all: interrupted by a
    person, a process was killed, or there was no room for a disk.
    """
    progress, names = _Progress(session, worlds.count), list(drawn)
    together = Together([columns[name] for name in names], worlds.seed)
    tasks = worlds.tasks([each.policy for each in drawn.values()])
    try:
        with closing(run(tasks, jobs)) as finished:
            for task, tally in finished:
                heed()
                with heard_later():
                    together.add(task, tally)
                for violation in tally.violations[:1]:
                    progress.clear()
                    harm.found(Found(task.seed, task.days, violation), drawn[names[task.column]])
                progress.tell(together.worlds)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except WorkerLostError:
        click.echo(say(Label.SIM_WORKER_LOST, session.language), err=True)
        return Exit.KILLED
    except StoreError as error:
        click.echo(say(Label.SIM_NO_ROOM, session.language, detail=error), err=True)
        return Exit.STORE
    finally:
        progress.clear()
        together.end()
    return Exit.DONE


def _cpu_s() -> float:
    """Of this process and those that it has waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


# -- the table ---------------------------------------------------------------------------------------


def _table(columns: Mapping[str, Sum], language: Language) -> list[Line]:
    values = [figures(total) for total in columns.values()]
    head = [Span(""), *(Span(name, Tone.STRONG) for name in columns)]
    rows = [
        [Span(say(Label(f"sim_{figure}"), language)), *(_cell(figure, of[figure], language) for of in values)]
        for figure in Figure
    ]
    return aligned([head, *rows])


def _cell(figure: Figure, value: float | None, language: Language) -> Span:
    if value is None:
        return Span("-", Tone.DIM)
    if value == math.inf:
        return Span(say(Label.SIM_NOT_REPAIRED, language), Tone.BAD)
    if figure in SECONDS:
        return Span(duration(value, language))
    tone = Tone.BAD if figure is Figure.HARM and value else Tone.PLAIN
    whole = figure in WHOLE and (value >= FEW or value == int(value))
    return Span(f"{value:,.0f}" if whole else f"{value:,.1f}", tone)


# -- one world -----------------------------------------------------------------------------------------


def _story(session: Session, worlds: Worlds, policy: Policy | None, kept: str | None) -> int:
    plan = draw(worlds.seed, worlds.days, policy, worlds.rate)
    if kept is not None:
        plan = only(plan, _numbers(kept, len(plan.events)))
    with one_folder():
        lines, tally = tell(plan)
    for line in lines:
        tone = {"*": Tone.STRONG, "!": Tone.BAD}.get(line.text[:1], Tone.PLAIN)
        click.echo(session.paint((Span(str(line), tone),)))
    return Exit.NOT_WELL if tally.violations else Exit.DONE


def _numbers(kept: str, most: int) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in kept.split(",") if part.strip())
    except ValueError:
        numbers = (-1,)
    if not numbers or any(not 0 <= number < most for number in numbers):
        if not most:
            raise WrongValue(Label.SIM_NO_EVENTS, hint="--only", detail=kept)
        example = ",".join(str(number) for number in range(min(most, 2)))
        raise WrongValue(Label.SIM_WRONG_EVENTS, hint="--only", detail=kept, count=most, example=example)
    return numbers
