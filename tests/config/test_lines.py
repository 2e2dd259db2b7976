"""A line is right or it is not given."""

import json
import tomllib

from hypothesis import given
from hypothesis import strategies as st

from selfheal.config.lines import Key
from selfheal.config.scan import locate

DOCUMENT = '''\
# a comment = "with a quote
top.dotted."quoted . key" = 'x' # tail
[a . "b]#"]   # header
text = """
[not.a.header]
key = "in a string"
"""
list = [
  1, # ] a comment
  "]", { inner = 1 },
]
literal = \'\'\'it's
= \'\'\'
after = 1
[[rows]]
one = 1
[[rows]]
two = 2
inline = { deep = { deeper = "}" } }
'''


def test_each_key_on_its_line() -> None:
    tomllib.loads(DOCUMENT)
    lines = locate(DOCUMENT)
    assert lines.of("top", "dotted", "quoted . key") == 2
    assert lines.of("a", "b]#") == 3
    assert lines.of("a", "b]#", "text") == 4
    assert lines.of("a", "b]#", "list") == 8
    assert lines.of("a", "b]#", "literal") == 12
    assert lines.of("a", "b]#", "after") == 14
    assert lines.of("rows") == 15
    assert lines.of("rows", "two") == 18
    assert lines.of("rows", "inline", "deep", "deeper") == 19
    assert lines.of("absent") is None


_SCALARS = st.one_of(
    st.integers(-9, 9).map(str),
    st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=8).map(
        lambda text: json.dumps(text, ensure_ascii=False)
    ),
    st.sampled_from(
        ['"""a\n[x]\nk = 1\n"""', "'''\n#'\n'''", "[\n1, # ]\n2]", "{ k = 'v}' }", '""""""', '"""a"""""']
    ),
)
_GAPS = st.sampled_from(["", "\n", "# c = 1\n", "   \n\t\n", "#[x]\n"])


@given(st.lists(st.tuples(_SCALARS, _GAPS, st.booleans()), max_size=12))
def test_any_document(parts: list[tuple[str, str, bool]]) -> None:
    text = ""
    table: Key = ()
    expected: dict[Key, int] = {}
    for index, (scalar, gap, opens) in enumerate(parts):
        text += gap
        if opens:
            table = (f"t{index}",)
            expected[table] = text.count("\n") + 1
            text += f"[{table[0]}] # header\n"
        expected[(*table, f"k{index}")] = text.count("\n") + 1
        text += f"k{index} = {scalar}\n"
    tomllib.loads(text)
    lines = locate(text)
    assert {path: lines.of(*path) for path in expected} == expected
