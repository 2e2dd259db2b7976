"""The messages as they arrive, in both languages. SELFHEAL_REWRITE_STORIES=1 writes them anew."""

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from tests.texts.incidents import T0, TIMELINE, alert, closed, entry, opened, over, place, row

from selfheal.core.alert import OF_OURSELVES, AlertKind, Notify
from selfheal.core.instants import Wall
from selfheal.core.levels import Level
from selfheal.core.notes import Note
from selfheal.core.reasons import Cause, Outcome, Reason
from selfheal.ports.outbox import Alert
from selfheal.texts.alert import alert as document
from selfheal.texts.catalogue import placeholders
from selfheal.texts.describe import catalogue, describe
from selfheal.texts.digest import MOST_LINES, digest
from selfheal.texts.language import Language
from selfheal.texts.message import REPEATED, TITLE_MAX_CHARS, Story, Text, title, told
from selfheal.texts.next_commands import NEXT, Gateway, commands
from selfheal.texts.notices import canary, route_fails, route_works, unwatched, watched
from selfheal.texts.own_words import own_words
from selfheal.texts.phrases import PHRASES, Phrase, phrase
from selfheal.texts.tried import MOST_LINES as TRIED_MOST
from selfheal.texts.tried import tried

GOLDEN = Path(__file__).parent
NOW = T0 + 720.0
HOUR_S = 3600.0


def recovery_log(name: str, number: int = 1) -> Alert:
    levels = (Level.WATCHDOG, Level.HEALTHCHECK, Level.RECOVERY)
    return Alert(number, "main", Notify(AlertKind.RECOVERY, 0, levels, None, name, number), Wall(NOW))


LOGS = [Story(recovery_log(f"emergency-recovery-{which}.log", which)) for which in (1, 2)]
SERVES = (
    *TIMELINE,
    entry(14_380, Note(Reason.GATEWAY_SERVES, number=6.0), Note(Reason.STABILISING, number=60.0)),
    entry(14_390, Note(Reason.REMINDED, number=1.0)),
)
OF_GATEWAYS = [kind for kind in AlertKind if kind not in OF_OURSELVES]


def storm(count: int) -> list[Story]:
    """Each third one is still open."""
    stories = []
    for number in range(1, count + 1):
        known = row(number, opened_s=60.0 * number, cause=Cause.PROCESS_GONE)
        begun = alert(AlertKind.OPENED, number, 60.0 * number + 30, cause=Cause.PROCESS_GONE)
        stories.append(Story(begun, known if number % 3 == 0 else closed(known, 45.0)))
        if number % 3:
            ended = alert(AlertKind.OVER, number, 60.0 * number + 45)
            stories.append(Story(ended, closed(known, 45.0)))
    return stories


def messages(language: Language) -> dict[str, Text]:
    here, one_of_two = place(language), place(language, of="work", dashboard="https://status.example.com/")
    hours = alert(AlertKind.REMINDER, ordered_s=4 * HOUR_S, cause=Cause.WRONG_ANSWER)
    unseen = alert(AlertKind.REMINDER, ordered_s=4 * HOUR_S, cause=Cause.BLIND)
    changed = alert(AlertKind.CHANGED, ordered_s=1500.0, cause=Cause.NOT_ANSWERING, detail="timeout")
    broken = Story(alert(AlertKind.DISTRUST, 4, detail="an act while paused"), None)
    passed = Notify(AlertKind.LEVEL_PASSED, 3, (Level.WATCHDOG,), Cause.WRONG_ANSWER, "HTTP 500", 2)
    news = Story(Alert(3, "main", passed, Wall(T0 + 60.0)), row(), TIMELINE[:6])
    unread = Story(alert(AlertKind.OPENED, cause=Cause.DISK_FULL, detail="no space left on /"))
    return {
        "opened": told(opened(), here, NOW),
        "opened, one of two gateways": told(opened(), one_of_two, NOW),
        "opened, nothing can be read": told(unread, here, NOW),
        "opened, late and perhaps again": told(opened(), here, NOW + 7 * HOUR_S, again=True),
        "changed": told(replace(opened(), alert=changed), here, T0 + 1500.0),
        "reminder": told(replace(opened(), alert=hours), here, T0 + 4 * HOUR_S),
        "reminder, it serves": told(Story(hours, row(), SERVES), here, T0 + 4 * HOUR_S),
        "reminder, nobody can see it": told(Story(unseen, row(cause=Cause.BLIND)), here, T0 + 4 * HOUR_S),
        "over": told(over(), here, T0 + 1500.0),
        "distrust": told(broken, here, NOW),
        "digest": digest(storm(30), here, T0 + 8 * HOUR_S, {}, again=True),
        "digest, all over": digest([over(), *storm(2)], here, T0 + 1500.0, {"main": "work"}),
        "recovery log": told(Story(recovery_log("emergency-recovery-1.log")), here, NOW),
        "digest of recovery logs": digest(LOGS, here, NOW, {}),
        "level passed": told(news, here, T0 + 60.0),
        "level passed, one of two gateways": told(news, one_of_two, T0 + 60.0),
        "canary": canary(here, NOW),
        "route works": route_works(here, "discord", NOW),
        "unwatched": unwatched(here, "the unit selfheal.service: exit code 78", NOW),
        "watched": watched(here, NOW),
        "route fails": route_fails(here, "discord", "HTTP 401:\n unauthorized", T0),
    }


@pytest.mark.parametrize("language", Language)
def test_the_messages_read_as_they_are_written_down(language: Language) -> None:
    path = GOLDEN / f"messages_{language}.txt"
    made = "".join(
        f"=== {name}\n[{text.title}]\n\n{text.body}\n\n" for name, text in messages(language).items()
    )
    if os.environ.get("SELFHEAL_REWRITE_STORIES"):
        path.write_text(made, "utf-8")
    assert made == path.read_text("utf-8")


@pytest.mark.parametrize("language", Language)
def test_a_title_is_one_short_line_that_says_what_which_and_where(language: Language) -> None:
    for text in messages(language).values():
        assert "\n" not in text.title
        assert len(text.title) <= TITLE_MAX_CHARS + 1
        assert "mac-mini" in text.title
    assert "work" in messages(language)["opened, one of two gateways"].title


@pytest.mark.parametrize("language", Language)
def test_the_documents_alert_stands_above_as_it_is(language: Language) -> None:
    story = opened()
    at = datetime.fromtimestamp(story.alert.ordered, place(language).zone)
    assert told(story, place(language), NOW).body.startswith(document(story.notify, at, language) + "\n\n")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", OF_GATEWAYS)
def test_an_alert_is_a_whole_message_where_nothing_can_be_read(kind: AlertKind, language: Language) -> None:
    text = told(Story(alert(kind)), place(language), NOW)
    assert text.title
    assert len(text.body.splitlines()) > 3


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("language", Language)
def test_the_end_says_how_long_how_and_what(outcome: Outcome, language: Language) -> None:
    body = told(replace(over(), row=closed(row(), 1500.0, outcome)), place(language), T0 + 1500.0).body
    known = catalogue(language)
    assert "25" in body
    assert known.outcomes[outcome] in body
    assert known.causes[Cause.WRONG_ANSWER] in body


@pytest.mark.parametrize("language", Language)
def test_what_somebody_else_has_put_right_is_not_said_to_be_healed_by_us(language: Language) -> None:
    """A person corrects the config, and we start the gateway."""
    healed = catalogue(language).outcomes[Outcome.HEALED]
    for cause, is_ours in ((Cause.CONFIG_UNLOADABLE, False), (Cause.PROCESS_GONE, True)):
        ended = replace(over(), row=closed(row(cause=cause), 1500.0))
        note = Note(Reason.INCIDENT_CLOSED, cause=cause, outcome=Outcome.HEALED, incident=3)
        texts = [told(ended, place(language), NOW).body, digest([ended], place(language), NOW, {}).body]
        texts.append(describe(note, language))
        assert [healed in text for text in texts] == [is_ours] * 3


@pytest.mark.parametrize("language", Language)
def test_the_title_of_a_gateway_that_a_person_has_stopped_is_no_green_one(language: Language) -> None:
    """It is all that some services show of a message."""
    ends = {
        outcome: told(Story(alert(AlertKind.OVER, detail=outcome)), place(language), NOW).title
        for outcome in Outcome
    }
    stopped = ends.pop(Outcome.STOPPED_ON_PURPOSE)
    assert stopped.startswith("⏹️")
    assert all(each.startswith("✅") for each in ends.values())


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("reason", Reason)
def test_what_was_tried_is_a_sentence_each(reason: Reason, language: Language) -> None:
    lines = tried([entry(1.0, Note(reason, detail="\x1b[31m" + "x" * 500))], None, language)
    assert all(len(line) < 200 and line.isprintable() for line in lines)


def test_of_much_that_was_tried_the_most_telling_is_told() -> None:
    many = [entry(float(number), Note(Reason.HEARTBEAT_MISSED, number=float(number))) for number in range(99)]
    lines = tried([*many, *TIMELINE], place(Language.EN).zone, Language.EN)
    assert len(lines) == TRIED_MOST
    assert not any("answer" in line and "attempt" not in line for line in lines)
    assert lines == sorted(lines, key=lambda line: line[2:10])


def test_what_is_said_again_and_again_is_one_line() -> None:
    same = [entry(float(number), Note(Reason.START_FAILED, detail="EACCES")) for number in range(50)]
    (line,) = tried(same, place(Language.EN).zone, Language.EN)
    assert line.endswith("(50 times)")


@pytest.mark.parametrize("language", Language)
def test_what_was_tried_twice_stands_twice_where_it_was(language: Language) -> None:
    """Two starts of which the second one came up: one line for both would hide that."""
    start, failed = Note(Reason.START, number=1.0), Note(Reason.START_FAILED, detail="EACCES")
    serves = Note(Reason.GATEWAY_SERVES, number=6.0)
    notes = (start, failed, failed, start, serves)
    lines = tried([entry(float(at), note) for at, note in enumerate(notes)], place(language).zone, language)
    said = [describe(note, language) for note in (start, failed, start, serves)]
    said[1] += f" {phrase(Phrase.TIMES, language, count=2)}"
    assert [line.split(" ", 2)[2] for line in lines] == said


@pytest.mark.parametrize("language", Language)
def test_how_it_ended_is_told_of_however_much_was_tried(language: Language) -> None:
    start, failed = Note(Reason.START, number=1.0), Note(Reason.START_FAILED, detail="EACCES")
    end = (
        start,
        Note(Reason.GATEWAY_SERVES, number=6.0),
        Note(Reason.STABILISING, number=60.0),
        Note(Reason.HEALED),
    )
    notes = [*TIMELINE[1].notes, *(start, failed) * 20, *end]
    lines = tried([entry(float(at), note) for at, note in enumerate(notes)], place(language).zone, language)
    assert len(lines) <= TRIED_MOST
    assert [line.split(" ", 2)[2] for line in lines[-4:]] == [describe(note, language) for note in end]
    assert describe(notes[0], language) in lines[0]
    assert sum(phrase(Phrase.TIMES, language, count=20) in line for line in lines) == 2
    assert lines == sorted(lines, key=lambda line: line[2:10])


@pytest.mark.parametrize("language", Language)
def test_that_it_served_before_it_failed_again_is_no_end(language: Language) -> None:
    serves = entry(1.0, Note(Reason.GATEWAY_SERVES, number=6.0))
    lines = tried([serves, *TIMELINE], place(language).zone, language)
    assert not any(describe(serves.notes[0], language) in line for line in lines)


@pytest.mark.parametrize("language", Language)
def test_a_reminder_says_how_it_stands(language: Language) -> None:
    """Who reads «still not well» gets up for a gateway that serves."""
    failed = entry(14_385, Note(Reason.GATEWAY_LOST, detail="4242", number=1.0))
    known = {
        Phrase.TITLE_REMINDER: Story(alert(AlertKind.REMINDER, cause=Cause.WRONG_ANSWER), row(), TIMELINE),
        Phrase.TITLE_REMINDER_SERVES: Story(alert(AlertKind.REMINDER), row(), SERVES),
        Phrase.TITLE_REMINDER_UNSEEN: Story(alert(AlertKind.REMINDER, cause=Cause.BLIND), row(), TIMELINE),
    }
    titles = {which: phrase(which, language).split()[:3] for which in known}
    assert {which: title(story, place(language), NOW).split()[:3] for which, story in known.items()} == titles
    firsts = {told(story, place(language), NOW).body.splitlines()[0] for story in known.values()}
    assert len(firsts) == len(known)
    again = Story(alert(AlertKind.REMINDER), row(), (*SERVES, failed))
    assert title(again, place(language), NOW).split()[:3] == titles[Phrase.TITLE_REMINDER]


@pytest.mark.parametrize("language", Language)
def test_what_may_have_come_before_says_so_where_nothing_is_cut_off(language: Language) -> None:
    """A service cuts a long message at its end, and a lock screen shows the title."""
    here = place(language)
    for text in (told(opened(), here, NOW, again=True), digest(storm(30), here, NOW, {}, again=True)):
        assert text.body.splitlines()[1] == phrase(Phrase.AGAIN, language)
        assert text.title.startswith(f"{REPEATED} ")
        assert set(text.lasting) <= set(text.body.splitlines())
    assert REPEATED not in told(opened(), here, NOW).body


@pytest.mark.parametrize("kind", OF_GATEWAYS)
@pytest.mark.parametrize("cause", [None, *Cause])
def test_three_commands_for_every_cause(cause: Cause | None, kind: AlertKind) -> None:
    found = commands(kind, cause, 7, Gateway("work", 19999, "openclaw --profile work"))
    assert len(set(found)) == 3
    assert not any("{" in command for command in found)
    assert all(command.endswith("--target work") for command in found if "show" in command)


def test_every_cause_has_its_commands() -> None:
    assert set(NEXT) == set(Cause)


@pytest.mark.parametrize("language", Language)
def test_a_digest_names_the_open_ones_first_and_few(language: Language) -> None:
    lines = digest(storm(60), place(language), T0 + 8 * HOUR_S, {}).body.splitlines()
    named = [line for line in lines if line.startswith(("🚨 #", "✅ #"))]
    assert len(named) == MOST_LINES
    assert all(line.startswith("🚨") for line in named)
    assert phrase(Phrase.MORE, language, count=40) in lines
    few = digest(storm(6), place(language), T0 + 8 * HOUR_S, {}).body.splitlines()
    assert [line[0] for line in few if line.startswith(("🚨 #", "✅ #"))] == list("🚨🚨✅✅✅✅")


@pytest.mark.parametrize("language", Language)
def test_a_digest_names_each_recovery_log_which_is_no_incident(language: Language) -> None:
    made = digest([over(), *LOGS], place(language), NOW, {})
    names = [f"emergency-recovery-{which}.log" for which in (1, 2)]
    named = [next(line for line in made.body.splitlines() if name in line) for name in names]
    assert all(line.startswith("🚨") for line in (made.title, *named))
    assert "#0" not in made.body
    assert set(named) < set(made.lasting) < set(made.body.splitlines())
    assert phrase(Phrase.DIGEST_COUNTS, language, count=1, open=0, over=1) in made.lasting


@pytest.mark.parametrize(
    ("stories", "shown", "listed"),
    [(LOGS, True, False), ([over(), *LOGS], True, True), (storm(3), False, True)],
    ids=["logs", "both", "incidents"],
)
def test_a_digest_names_commands_that_show_what_it_names(
    stories: list[Story], shown: bool, listed: bool
) -> None:
    lines = digest(stories, place(Language.EN), NOW, {}).body.splitlines()
    found = [
        any(command in line for line in lines) for command in ("emergency-recovery-*.log", "incidents list")
    ]
    assert found == [shown, listed]
    assert sum(line[:3] in ("1. ", "2. ", "3. ") for line in lines) == 3


def test_a_digest_says_of_more_logs_than_it_names_how_many() -> None:
    many = [Story(recovery_log(f"emergency-recovery-{which}.log", which)) for which in range(MOST_LINES + 5)]
    made = digest(many, place(Language.EN), NOW, {})
    assert phrase(Phrase.MORE, Language.EN, count=5) in made.body.splitlines()
    assert set(made.lasting) < set(made.body.splitlines())


@pytest.mark.parametrize("language", Language)
def test_the_alerts_of_two_logs_of_one_minute_are_told_apart(language: Language) -> None:
    """A service that is asked whether it has the one must not answer with the other."""
    one, other = (told(story, place(language), NOW) for story in LOGS)
    assert set(one.lasting) < set(one.body.splitlines())
    assert not set(other.lasting) < set(one.body.splitlines())


@pytest.mark.parametrize("language", Language)
def test_a_digest_says_first_that_nothing_acts(language: Language) -> None:
    broken = Story(alert(AlertKind.DISTRUST, 99, detail="an act while paused"))
    lines = digest([*storm(3), broken], place(language), NOW, {"main": "work"}).body.splitlines()
    first = next(line for line in lines[1:] if line.startswith(("🚨", "✅")))
    assert own_words("an act while paused", language) in first
    assert not any("#99" in line for line in lines)
    assert own_words("an act while paused", language) in digest([broken], place(language), NOW, {}).body


@pytest.mark.parametrize("which", Phrase)
def test_both_languages_say_the_same(which: Phrase) -> None:
    english, korean = (placeholders(PHRASES[language][which]) for language in Language)
    assert english == korean


@pytest.mark.parametrize("language", Language)
def test_a_phrase_without_its_values_is_still_a_sentence(language: Language) -> None:
    for which in Phrase:
        assert not set("[]{}") & set(phrase(which, language))
