"""Makes a message of the alerts that go together: what is known of them, in words, without secrets.

Rules
  * The same alerts make the same message each time but for its age: what the journal says after the last of
    them is not told, and the mark is made of the alerts alone. That it is over by now is told all the same,
    and wakes nobody: who reads it would be sent out for nothing.
  * The history may be unreadable, as with a full disk: then the alerts alone make a whole message.
  * Nothing leaves without going through the redaction: text, title and files.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from selfheal.app.attachments import Window, attachments
from selfheal.app.issues import Causes, issues_of
from selfheal.core.alert import OF_OURSELVES, AlertKind
from selfheal.core.instants import Now
from selfheal.core.notes import Note
from selfheal.core.reasons import Reason
from selfheal.notify.delivery import Composed
from selfheal.notify.hearing import SIGNS, tag
from selfheal.notify.route import Attachment, Choice, Issue, Message, Severity
from selfheal.ports.outbox import OF_ROUTE, Alert, Delivery, Subject
from selfheal.ports.store import Entry, IncidentRow, StoreError
from selfheal.store.reader import Reader
from selfheal.texts.digest import digest
from selfheal.texts.message import Place, Story, Text, ended, repeated, titled, told
from selfheal.texts.notices import route_fails, route_works, unwatched, watched
from selfheal.texts.phrases import Phrase
from selfheal.texts.printable import clean
from selfheal.texts.redact import Redactor
from selfheal.texts.timeline import timeline

FLAPPING_S = 3600.0  # an incident that begins so soon after one of its kind belongs to it
THREAD_MOST = 100  # incidents of a thread, and of a target that are looked at
ROWS_MOST = 2_000  # incidents that are looked at for a digest
LOGS_MOST = 3  # recoveries whose files go with a digest
MARK_CHARACTERS = 22  # of the hash: 110 bits

SEVERITIES = {
    AlertKind.OPENED: Severity.CRITICAL,
    AlertKind.CHANGED: Severity.CRITICAL,
    AlertKind.RECOVERY: Severity.CRITICAL,
    AlertKind.DISTRUST: Severity.CRITICAL,
    AlertKind.LEVEL_PASSED: Severity.INFO,
    AlertKind.REMINDER: Severity.WARNING,
    AlertKind.OVER: Severity.INFO,
    AlertKind.ROUTE_FAILS: Severity.WARNING,
    AlertKind.ROUTE_WORKS: Severity.INFO,
    AlertKind.UNWATCHED: Severity.CRITICAL,
    AlertKind.WATCHED: Severity.INFO,
}
_rank = list(Severity).index  # 0: the worst
_HEEDING = frozenset({Reason.ACKNOWLEDGED, Reason.REMINDED, Reason.TOLD})
ASKING = frozenset({AlertKind.OPENED, AlertKind.CHANGED, AlertKind.REMINDER})
_FIRST = (
    AlertKind.DISTRUST,
    AlertKind.RECOVERY,
    AlertKind.OVER,
    AlertKind.CHANGED,
    AlertKind.OPENED,
    AlertKind.REMINDER,
    AlertKind.LEVEL_PASSED,
)


@dataclass(frozen=True)
class Composer:
    """notify.delivery.Compose. `read` opens the history, and may raise StoreError. `place` makes the words'
    place of a target. `folder`: where a target's files lie. `installation`: a random text, the same for ever.
    `is_quiet`: whether a person sleeps at that time.
    """

    read: Callable[[], Reader]
    place: Callable[[str], Place]
    folder: Callable[[str], Path]
    installation: str
    redactor: Redactor = field(default_factory=Redactor)
    is_quiet: Callable[[Now], bool] = lambda now: False  # noqa: ARG005

    def __call__(self, deliveries: Sequence[Delivery], now: Now) -> Composed:
        news = {one.alert.target: one for one in deliveries if one.alert.notify.kind in OF_OURSELVES}
        others = [one for one in deliveries if one.alert.notify.kind not in OF_OURSELVES]
        if not others:
            again = any(one.unsure for one in deliveries)
            return self._of_ourselves(list(news.values()), now, again=again)
        composed = self._of_incidents(others, now)
        return composed._replace(message=self._with_news(composed.message, list(news.values()), now))

    def resumed(self, alert: Alert) -> Message:
        """For the issue of the alert that a rule of ours is broken: that is over."""
        place = self.place(alert.target)
        words = place.say(Phrase.ISSUE_RESUMED)
        mark = self._mark("resumed", alert.target, alert.id)
        key = self._mark("issue", alert.target, str(AlertKind.DISTRUST))
        issue = Issue(key, titled(place, Phrase.TITLE_DISTRUST), is_open=False)
        return Message(mark, mark, Severity.INFO, words, words, silent=True, issues=(issue,))

    def _of_ourselves(self, ours: Sequence[Delivery], now: Now, *, again: bool = False) -> Composed:
        """Of each route, and of the resident, the last that is known; what is worst comes first."""
        ours = sorted(ours, key=lambda one: _rank(SEVERITIES[one.alert.notify.kind]))
        texts = [self._news(one) for one in ours]
        news = [one.alert for one in ours]
        first = news[0]
        parts = (*first.about, first.notify.kind, len(news))
        lasting = tuple(line for text in texts for line in text.lasting)
        text = Text(texts[0].title, "\n\n".join(text.body for text in texts), lasting)
        text = repeated(text, self.place(first.target)) if again else text
        severity = min(map(_severity_of_ours, ours), key=_rank)
        message = self._message(text, severity, self._mark(*parts), now)
        age_s = max(0.0, now.wall - min(alert.ordered for alert in news))
        thread = self._mark("thread", *first.about)
        return Composed(replace(message, thread=thread, age_s=age_s), first.about)

    def _news(self, one: Delivery) -> Text:
        alert = one.alert
        place, route, notify = self.place(alert.target), alert.target.removeprefix(OF_ROUTE), alert.notify
        match notify.kind:
            case AlertKind.ROUTE_WORKS:
                return route_works(place, route, notify.number)
            case AlertKind.UNWATCHED:
                text = unwatched(place, notify.detail, alert.ordered)
                return ended(text, place) if _is_past(one) else text
            case AlertKind.WATCHED:
                return watched(place, alert.ordered)
        return route_fails(place, route, notify.detail, notify.number)

    def _with_news(self, message: Message, news: Sequence[Delivery], now: Now) -> Message:
        """What is told of an incident comes first."""
        if not news:
            return message
        more = self._of_ourselves(news, now).message
        worst = min(message.severity, more.severity, key=_rank)
        silent = worst is not Severity.CRITICAL and self.is_quiet(now)
        body, lasting = f"{message.body}\n\n{more.body}", message.lasting + more.lasting
        return replace(message, body=body, lasting=lasting, severity=worst, silent=silent)

    def _of_incidents(self, deliveries: Sequence[Delivery], now: Now) -> Composed:
        stories, before = self._known(deliveries)
        composed = self._composed(stories, before, deliveries, now)
        about = issues_of(stories, self._causes(), self.place, partial(self._mark, "issue"))
        about = tuple(replace(one, title=self.redactor.redact(one.title)) for one in about)
        link = self.redactor.redact(self.place(stories[0].alert.target).dashboard)
        age_s = max(0.0, now.wall - min(one.alert.ordered for one in deliveries))
        return composed._replace(message=replace(composed.message, issues=about, link=link, age_s=age_s))

    def _composed(
        self, stories: list[Story], before: list[IncidentRow], deliveries: Sequence[Delivery], now: Now
    ) -> Composed:
        again = any(one.unsure for one in deliveries)
        if not _is_one(stories):
            return Composed(self._of_many(stories, now, again=again))
        story = min(stories, key=lambda one: (turn_of(one.notify.kind), -one.alert.id))
        thread = story.alert.about._replace(incident=_first_of_thread(story, before))
        message = self._of_one(story, len(stories), thread, now, again=again)
        return Composed(message, None if story.notify.kind is AlertKind.RECOVERY else thread)

    def _known(self, deliveries: Sequence[Delivery]) -> tuple[list[Story], list[IncidentRow]]:
        """And the incidents of the first one's target of which a person was told."""
        alerts = [one.alert for one in deliveries]
        last = max(alert.ordered for alert in alerts)
        try:
            with self.read() as reader:
                rows = reader.incidents(limit=ROWS_MOST)
                known = {(row.target, row.id): row for row in rows}
                first = alerts[0]
                heard_of = reader.told(first.target)
                alone = len({alert.about for alert in alerts}) == 1
                entries = reader.timeline(first.target, first.notify.incident) if alone else []
        except StoreError:
            return [Story(alert) for alert in alerts], []
        heard = tuple(entry for entry in entries if entry.wall <= last)
        heeded = _heeded([entry for entry in entries if entry.wall > last])
        stories = [
            _story(one, known.get((one.target, one.notify.incident)), last, heard, heeded) for one in alerts
        ]
        return stories, [row for row in rows if row.target == first.target and row.id in heard_of]

    def _causes(self) -> Causes:
        try:
            with self.read() as reader:
                return reader.opening_causes()
        except StoreError:
            return {}

    def _of_one(self, story: Story, count: int, thread: Subject, now: Now, *, again: bool) -> Message:
        alert = story.alert
        place = self.place(alert.target)
        text = told(story, place, now.wall, again=again)
        began = story.row.opened if story.row else alert.ordered - FLAPPING_S
        window = Window(began, story.ended or (story.row.closed if story.row else None))
        severity = _severity(story)
        files = attachments(self.folder(alert.target), story.notify, window, alert.ordered, self.redactor)
        parts = (alert.target, story.notify.incident, story.notify.kind, story.notify.number, count)
        message = self._message(text, severity, self._mark(*parts), now)
        return replace(
            message,
            thread=self._mark("thread", *thread),
            attachments=files,
            unfiled=self._unfiled(files, place),
            timeline=self._timeline(story, place),
            choices=self._choices(alert) if story.notify.kind in ASKING and story.ended is None else (),
        )

    def _unfiled(self, files: Sequence[Attachment], place: Place) -> str:
        if not files:
            return ""
        names = clean(", ".join(file.name for file in files))
        return self.redactor.redact(
            place.say(Phrase.UNFILED, detail=names, folder=place.folder, host=place.host)
        )

    def _choices(self, alert: Alert) -> tuple[Choice, ...]:
        """To acknowledge it, for good and for a while."""
        place = self.place(alert.target)
        named = tag(self.installation, alert.target, alert.notify.incident)
        return tuple(
            Choice(_label(place, for_s), sign, f"ack {alert.notify.incident} {(for_s or 0) / 60:.0f} {named}")
            for sign, for_s in SIGNS.items()
        )

    def _timeline(self, story: Story, place: Place) -> Attachment | None:
        said = self.redactor.redact(timeline(story.entries, place.zone, place.language))
        if not said:
            return None
        return Attachment(f"timeline-{story.notify.incident}.log", said.encode("utf-8", "replace"))

    def _of_many(self, stories: Sequence[Story], now: Now, *, again: bool) -> Message:
        names = {story.alert.target: self.place(story.alert.target).gateway.of for story in stories}
        place = self.place(stories[0].alert.target)
        asking = [self.place(story.alert.target).gateway for story in stories if _is_log(story)]
        logs = " ".join(dict.fromkeys(gateway.recoveries for gateway in asking))
        place = replace(place, gateway=replace(place.gateway, recoveries=logs))
        if len(names) > 1:
            place = replace(place, gateway=replace(place.gateway, of=""))
        else:
            names = {}
        text = digest(stories, place, now.wall, names, again=again)
        first = stories[0]
        parts = (first.alert.target, first.notify.incident, first.notify.kind, first.notify.number)
        message = self._message(text, _worst(stories), self._mark(*parts, len(stories)), now)
        files = self._logs(stories)
        return replace(message, attachments=files, unfiled=self._unfiled(files, place))

    def _logs(self, stories: Sequence[Story]) -> tuple[Attachment, ...]:
        """What the first recoveries have written that ask for a person; the others are named."""
        asking = [story for story in stories if _is_log(story)]
        found: dict[tuple[str, str], Attachment] = {}
        for story in asking[:LOGS_MOST]:
            alert = story.alert
            window = Window(alert.ordered - FLAPPING_S)
            folder = self.folder(alert.target)
            for file in attachments(folder, story.notify, window, alert.ordered, self.redactor):
                found.setdefault((alert.target, file.name), file)
        return tuple(found.values())

    def _message(self, text: Text, severity: Severity, mark: str, now: Now) -> Message:
        return Message(
            mark=mark,
            thread=mark,
            severity=severity,
            title=self.redactor.redact(text.title),
            body=self.redactor.redact(text.body),
            lasting=tuple(self.redactor.redact(line) for line in text.lasting),
            silent=severity is not Severity.CRITICAL and self.is_quiet(now),
        )

    def _mark(self, *parts: object) -> str:
        said = json.dumps([self.installation, *parts]).encode()
        number = int.from_bytes(hashlib.sha256(said).digest())
        return "sh-" + "".join(_SIGNS[(number >> 5 * place) & 31] for place in range(MARK_CHARACTERS))


def _severity(story: Story) -> Severity:
    """What is over wakes nobody, and what somebody is at wakes no second one."""
    if story.ended is not None:
        return Severity.INFO
    told = SEVERITIES[story.notify.kind]
    return told if story.heeded is None else max(told, Severity.WARNING, key=_rank)


def _is_past(one: Delivery) -> bool:
    """It says that nobody watches, while somebody does by now."""
    return one.alert.notify.kind is AlertKind.UNWATCHED and not one.lasts


def _severity_of_ours(one: Delivery) -> Severity:
    return Severity.INFO if _is_past(one) else SEVERITIES[one.alert.notify.kind]


_SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"


def turn_of(kind: AlertKind) -> int:
    """Of several alerts about one incident, the one that is told has the least: it says what the others would
    have. What is about none says nothing of it, and comes last.
    """
    return _FIRST.index(kind) if kind in _FIRST else len(_FIRST)


def _label(place: Place, for_s: float | None) -> str:
    if for_s is None:
        return place.say(Phrase.BUTTON)
    return place.say(Phrase.BUTTON_FOR, duration=place.duration(for_s))


def _story(
    alert: Alert, row: IncidentRow | None, last: float, heard: Sequence[Entry], heeded: Note | None
) -> Story:
    """As it was when the `last` of the alerts was decided; what has become of it since is known apart."""
    as_of = _as_of(row, last)
    ended = row.closed if row is not None and as_of is not row else None
    return Story(alert, as_of, heard, ended, heeded)


def _heeded(later: Sequence[Entry]) -> Note | None:
    """Somebody has acknowledged it, and has not been told anything else since."""
    notes = [note for entry in later for note in entry.notes if note.reason in _HEEDING]
    return notes[-1] if notes and notes[-1].reason is Reason.ACKNOWLEDGED else None


def _as_of(row: IncidentRow | None, last: float) -> IncidentRow | None:
    """The incident as it was when the last of the alerts was decided."""
    if row is None or row.closed is None or row.closed <= last:
        return row
    return row._replace(closed=None, outcome=None)


def _is_log(story: Story) -> bool:
    return story.notify.kind is AlertKind.RECOVERY


def _worst(stories: Sequence[Story]) -> Severity:
    """What is over wakes nobody, whatever it was."""
    over = {
        story.alert.about
        for story in stories
        if story.notify.kind is AlertKind.OVER or (story.row and story.row.closed is not None)
    }
    left = [
        SEVERITIES[story.notify.kind]
        for story in stories
        if story.notify.kind is AlertKind.DISTRUST or story.alert.about not in over
    ]
    return next((each for each in Severity if each in left), Severity.INFO)


def _is_one(stories: Sequence[Story]) -> bool:
    """About one incident or log. That a rule of ours was broken is another matter than a gateway's doings."""
    kinds = {story.notify.kind for story in stories}
    alone = len({story.alert.about for story in stories}) == 1
    return alone and (len(kinds) == 1 or AlertKind.DISTRUST not in kinds)


def _first_of_thread(story: Story, before: Sequence[IncidentRow]) -> int:
    """The first of the incidents of one cause that each began within an hour of the end of the one before.

    Of those that nobody was told of there is no message to follow.
    """
    first = story.notify.incident
    if story.row is None:
        return first
    cause, began = story.row.cause, story.row.opened
    earlier = [row for row in before if row.id < first]
    for row in sorted(earlier, key=lambda one: one.id, reverse=True)[:THREAD_MOST]:
        if row.cause != cause:
            continue
        if row.closed is None or not 0 <= began - row.closed <= FLAPPING_S:
            break
        first, began = row.id, row.opened
    return first
