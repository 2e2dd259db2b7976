"""Settings as a whole: the relations of the numbers, of the targets among each other, of the routes.

Only what a person set is reported, at the place where it was set, and only when the parts are right by
themselves.
"""

import os
import stat
from pathlib import Path

from selfheal.config.fault import Fault, Problem, Text
from selfheal.config.relations import NOTIFY_FLOORS, Floor, Relation, below, broken, number, said
from selfheal.config.route_fields import FILE
from selfheal.config.routes import Notify, fixed_routes, own_key
from selfheal.config.schema import POLICY_BY_NAME, POLICY_TABLE, TARGETS_TABLE
from selfheal.config.settings import Origin, OriginKind, Settings, Target
from selfheal.core.policy import Policy

_LESS = Text("less than", "보다 작아야")
_AT_MOST = Text("at most", " 이하여야")
_EITHER = Text("change one of the two", "둘 중 하나를 바꾸세요")
_PAIRED = (("discord_bot_token", "discord_channel_id"), ("telegram_bot_token", "telegram_chat_id"))
_NEEDED = (
    (
        "github_repo",
        "github_token",
        Text("github_token_file or $GITHUB_TOKEN", "github_token_file 또는 $GITHUB_TOKEN"),
    ),
    ("github_token_file", "github_repo", "github_repo"),
    ("github_labels", "github_repo", "github_repo"),
    ("dead_man_interval_s", "dead_man_url", "dead_man_url"),
)
"""What is of no use without something else, and what that is called."""
_ONLY_CHILD = ("command", "env", "env_allow")
_POINTLESS = {"auto": (), "child": ("unit",), "openclaw": (*_ONLY_CHILD, "unit")}
_FITTING = {
    "unit": Text(
        '"systemd-user", "systemd-system" or "launchd"', '"systemd-user", "systemd-system", "launchd"'
    )
}


def judge(settings: Settings, wrong: frozenset[str]) -> tuple[list[Fault], list[Fault]]:
    """Faults and warnings about values that are right by themselves; `wrong` names the keys that are not."""
    judgement = _Judge(settings, wrong)
    judgement.numbers(settings.policy, None)
    for index, target in enumerate(settings.targets):
        judgement.numbers(target.policy, target.name)
        judgement.twins(target, settings.targets[:index])
        judgement.service(target)
    judgement.routes()
    judgement.telling()
    judgement.folders()
    return judgement.faults, judgement.warnings


class _Judge:
    def __init__(self, settings: Settings, wrong: frozenset[str]) -> None:
        self.settings = settings
        self.wrong = wrong
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []

    def numbers(self, policy: Policy, target: str | None) -> None:
        """The common policy, or what a target's own settings make of it."""
        for relation in broken(policy):
            self._relation(policy, relation, target)
        for floor in below(policy):
            self._floor(policy, floor, target)

    def twins(self, target: Target, earlier: tuple[Target, ...]) -> None:
        for other in earlier:
            if os.path.realpath(target.state_dir) == os.path.realpath(other.state_dir):
                self._twin(target, other, "state_dir")
            if target.port is not None and target.port == other.port:
                self._twin(target, other, "port")

    def service(self, target: Target) -> None:
        for name in _POINTLESS.get(target.service, _ONLY_CHILD):
            key = f"{TARGETS_TABLE}.{target.name}.{name}"
            if self._was_set(key) and self._is_right(key):
                self._report(key, Problem.POINTLESS, f'"{target.service}"', _FITTING.get(name, '"child"'))

    def routes(self) -> None:
        for pair in _PAIRED:
            given = [name for name in pair if getattr(self.settings.notify, name)]
            if len(given) == 1 and self._is_right(*(f"notify.{name}" for name in pair)):
                missing = pair[1 - pair.index(given[0])]
                self._report(f"notify.{given[0]}", Problem.NEEDS, missing)

        names = {route.name: route.key for route in fixed_routes(self.settings.notify)}
        for route in self.settings.routes:
            if route.name in names:
                line = self._origin(f"{route.key}.kind").line
                self.faults.append(Fault(own_key(route.name), line, Problem.NAME_TAKEN, (names[route.name],)))

    def telling(self) -> None:
        notify = self.settings.notify
        for name, needed, called in _NEEDED:
            useless = getattr(notify, name) != getattr(Notify(), name) and not getattr(notify, needed)
            keys = (f"notify.{name}", f"notify.{needed}", f"notify.{needed}{FILE}")
            if useless and self._was_set(keys[0]) and self._is_right(*keys):
                self._report(keys[0], Problem.NEEDS, called)
        for floor in NOTIFY_FLOORS:
            value = getattr(notify, floor.name)
            if 0 < value < floor.least:
                words = (f"{value:g}", f"{floor.least:g}", floor.why)
                self.warnings.append(self._fault(f"notify.{floor.name}", Problem.BELOW_FLOOR, *words))

    def folders(self) -> None:
        """A file where a folder must be: nothing could be kept, and it would be noticed at the worst time."""
        named = {
            "selfheal.state_dir": self.settings.state_dir,
            "selfheal.memory_dir": self.settings.memory_dir,
        }
        named |= {f"{TARGETS_TABLE}.{one.name}.state_dir": one.state_dir for one in self.settings.targets}
        for key, folder in named.items():
            obstacle = _obstacle(folder)
            if obstacle is not None and self._is_right(key):
                self._report(key, Problem.NOT_A_FOLDER, str(folder), str(obstacle))

    def _relation(self, policy: Policy, relation: Relation, target: str | None) -> None:
        key = self._culprit(relation.fields, target)
        if key:
            order = _LESS if relation.strict else _AT_MOST
            advice = Text(f"write {relation.high} or less", f"{relation.high} 이하로 쓰세요")
            advice = _EITHER if isinstance(relation.high, str) else advice
            words = (said(policy, relation.low), order, said(policy, relation.high), relation.why, advice)
            self._report(key, Problem.RELATION, *words)

    def _floor(self, policy: Policy, floor: Floor, target: str | None) -> None:
        key = self._culprit((floor.name,), target)
        if key:
            words = (f"{number(policy, floor.name):g}", f"{floor.least:g}", floor.why)
            self.warnings.append(self._fault(key, Problem.BELOW_FLOOR, *words))

    def _culprit(self, names: tuple[str, ...], target: str | None) -> str | None:
        """The key that a person set: of a target only its own, since the common ones are judged once."""
        keys = [self._key(name, target) for name in names]
        if not self._is_right(*keys):
            return None
        own = [key for key in keys if self._was_set(key) and (target is None or _is_override(key))]
        return min(own, key=lambda key: self._origin(key).line is None, default=None)

    def _key(self, name: str, target: str | None) -> str:
        override = f"{TARGETS_TABLE}.{target}.{POLICY_TABLE}.{name}"
        overridden = target is not None and self._was_set(override)
        return override if overridden else POLICY_BY_NAME[name].key

    def _twin(self, target: Target, other: Target, name: str) -> None:
        keys = [f"{TARGETS_TABLE}.{one.name}.{name}" for one in (target, other)]
        if self._is_right(*keys, *(self._named_by(key) for key in keys)):
            self._report(keys[0], Problem.SHARED, str(getattr(target, name)), other.name)

    def _named_by(self, key: str) -> str:
        """A state folder that was not set is the profile's."""
        table, _, name = key.rpartition(".")
        return f"{table}.profile" if name == "state_dir" and not self._was_set(key) else key

    def _report(self, key: str, problem: Problem, *data: str | Text) -> None:
        self.faults.append(self._fault(key, problem, *data))

    def _fault(self, key: str, problem: Problem, *data: str | Text) -> Fault:
        origin = self._origin(key)
        return Fault(origin.variable or key, origin.line, problem, data)

    def _origin(self, key: str) -> Origin:
        return self.settings.origins.get(key, Origin())

    def _was_set(self, key: str) -> bool:
        return self._origin(key).kind is not OriginKind.DEFAULT

    def _is_right(self, *keys: str) -> bool:
        return not any(key == wrong or key.startswith(f"{wrong}.") for key in keys for wrong in self.wrong)


def _obstacle(folder: Path) -> Path | None:
    """What is there and no folder: the path itself, or one on the way to it."""
    for place in (folder, *folder.parents):
        try:
            mode = place.stat().st_mode
        except OSError:
            continue  # not there yet, or not for us to see: the next one above decides
        return None if stat.S_ISDIR(mode) else place
    return None


def _is_override(key: str) -> bool:
    return key.startswith(f"{TARGETS_TABLE}.")
