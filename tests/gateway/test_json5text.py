"""JSON5 as OpenClaw reads it; the library is the measure, which agrees with OpenClaw's own on these."""

import json

import json5
import pytest

from selfheal.gateway import json5text

LOADABLE = [
    "{}",
    "{a:1,}",
    """{'a':'b"c'}""",
    "{a:0x1F, b:.5, c:5., d:+1, e:-Infinity, f:1e3, g:-0x10}",
    "{/* x */ a:[1,2,], // y\n}",
    '{"a":"x\\\ny"}',
    r"""{a:'\'q\x41\v\0'}""",
    '{"a":"//no","b":"/* no */", "c": ", ]"}',
    "{$x:1, _y:true, z:null, 한글:false}",
    '{"a":"t\tab"}',
    '{"u":"\\u00e9"}',
    "{a:[1, /* c */ ], b:{c:2, // d\n}, }",
    "{a:\u00a01,\u000bb:\u000c2,\ufeffc:\u30003,\u2028d:4}",
    "{'a':'\u00a0\u000b\ufeff'}",
    "{a /* c */ : 1, b // d : 2\n : 2, c\n/* e *//* : */: 3}",
    "{a:'x\\\r\ny\\\u2028z'}",
    "// only a comment\u2028{a:1}",
]


@pytest.mark.parametrize("text", LOADABLE)
def test_reads_json5_as_the_library_does(text: str) -> None:
    assert json5text.loads(text) == json5.loads(text)


REFUSED = [
    '{"a":1,,}',
    '{"gateway":{,,',
    "{",
    '{"a" 1}',
    "x{}",
    "{a:}",
    '{"a":1}}',
    "{a:012}",
    "{a:'b}",
    "{a:'x\ry'}",
    "{a:'\\1'}",
    "{a:'\\x4'}",
    "{a:1}\u0085",
    "{a:1}\u001c",
    "[1/* a */ 2/* b */]",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_the_library_refuses_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        json5.loads(text)
    with pytest.raises(json.JSONDecodeError):
        json5text.loads(text)


def test_what_the_rewriter_does_not_know_the_library_is_asked_for() -> None:
    assert json5text.loads("{\\u0061b: 1}") == {"ab": 1}


def test_only_a_short_text_is_worth_the_library_s_time() -> None:
    with pytest.raises(json5text.UnsureError, match="line 2"):
        json5text.loads("{\n\\u0061b: '" + "x" * json5text.LIBRARY_MAX_CHARS + "'}")


def test_comments_without_end_cost_no_time_without_end() -> None:
    with pytest.raises(ValueError, match="line 1"):
        json5text.loads("a" + "/* b */ " * 20_000)
