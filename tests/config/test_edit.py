"""A route comes into a config that a person wrote: nothing else in it is touched."""

import tomllib

import pytest

from selfheal.config.edit import CannotEdit, as_toml, with_route
from selfheal.config.field import Value

NTFY: dict[str, Value] = {"kind": "ntfy", "topic": "hush"}
OURS = '[routes.phone]\nkind = "ntfy"\ntopic = "hush"\n'
MINE = """\
# mine
[watchdog]   # Level 1
sweep_interval_s = 99.0   # often

[routes.ops]  # who is on duty
kind = "slack"
url_file = "~/slack"  # never here

# the end of it
[selfheal]
language = "ko"
"""


def test_an_empty_document_gets_the_table_alone() -> None:
    assert with_route("", "phone", NTFY) == OURS == as_toml("phone", NTFY)


@pytest.mark.parametrize(
    "text",
    [
        MINE,
        MINE + '[routes.other]\nkind = "desktop"\n',  # routes in two places
        "[selfheal]\nlanguage = 'ko'\n# at the end",
        "[routes]\n[routes.ops]\nkind = 'desktop'\n",
        "routes.ops.kind = 'desktop'\n",
        "[routes]\nops = { kind = 'desktop' } # inline\n[selfheal]\nlanguage = 'ko'\n",
        "[selfheal]\r\nlanguage = 'ko'\r\n",
        '[routes."ops"]\nkind = "desktop"',
    ],
)
def test_a_new_route_leaves_every_line_where_it_was(text: str) -> None:
    after = with_route(text, "phone", NTFY)
    wanted = tomllib.loads(text)
    wanted.setdefault("routes", {})["phone"] = NTFY
    assert tomllib.loads(after) == wanted
    assert after.startswith(text.rstrip())


def test_routes_in_one_line_get_one_more_there() -> None:
    text = "# mine\nroutes = { ops = { kind = 'desktop' } }  # inline\n[selfheal]\nlanguage = 'ko'  # yes\n"
    after = with_route(text, "phone", NTFY)
    assert tomllib.loads(after)["routes"] == {"ops": {"kind": "desktop"}, "phone": NTFY}
    assert [line for line in after.splitlines() if line in text.splitlines()] == [
        "# mine",
        "[selfheal]",
        "language = 'ko'  # yes",
    ]
    assert "# inline" in after


def test_two_new_routes_follow_each_other() -> None:
    after = with_route(
        with_route(MINE, "a", NTFY), "b", {"kind": "email", "to": ("x@e.com", "y@e.com"), "port": 25}
    )
    assert tomllib.loads(after)["routes"]["b"] == {"kind": "email", "to": ["x@e.com", "y@e.com"], "port": 25}
    assert all(line in after.splitlines() for line in MINE.splitlines())


def test_a_route_that_is_overwritten_keeps_what_stays_of_it() -> None:
    after = with_route(MINE, "ops", {"kind": "slack", "url": "https://hooks.slack.com/services/x"})
    assert tomllib.loads(after)["routes"]["ops"] == {
        "kind": "slack",
        "url": "https://hooks.slack.com/services/x",
    }
    lines = MINE.splitlines()
    lines.remove('url_file = "~/slack"  # never here')
    assert [line for line in after.splitlines() if line in lines] == lines


def test_what_cannot_be_changed_without_harm_is_refused() -> None:
    with pytest.raises(CannotEdit, match="phone"):
        with_route("routes = { ops = { kind = 'desktop' } , phone = 5 }\n", "phone", NTFY)
