"""Whatever stands in the file or in the environment: settings, or faults that can be said."""

import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from selfheal.app.commands import load_right_part
from selfheal.config.environment import VARIABLES
from selfheal.config.fault import ConfigFaults
from selfheal.config.load import load
from selfheal.config.policy_fields import POLICY_FIELDS
from selfheal.config.schema import FIELDS
from selfheal.config.show import show, toml

HOME = {"HOME": "/home/ann"}
_ALPHABET = "[]{}\"'=.,#\n\\abt0123_-"

_scalars = st.one_of(
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(-1e6, 1e6),
    st.sampled_from(
        ["", "auto", "ko", "child", "launchd", "/a", "~/a", "~", "~x/y", "https://x/y", "http://[", "\x00"]
    ),
    st.lists(st.text("ab*", max_size=3), max_size=3).map(tuple),
)
_keys = st.one_of(
    st.sampled_from([f"{f.table.replace('NAME', 'main')}.{f.name}" for f in FIELDS]),
    st.sampled_from([f"targets.work.policy.{f.name}" for f in POLICY_FIELDS]),
    st.sampled_from(
        ["x", "targets", "targets.a.b.c", "selfheal", "notify.token", "targets.main.policy", '"\\u0007"']
    ),
)


def try_load(text: bytes, environ: Mapping[str, str]) -> None:
    with tempfile.NamedTemporaryFile(suffix=".toml") as file:
        file.write(text)
        file.flush()
        with suppress(ConfigFaults):
            load_right_part(Path(file.name), environ)
        try:
            said = show(load(Path(file.name), environ))
        except ConfigFaults as faults:
            said = "".join(fault.full(language) for fault in faults.faults for language in ("en", "ko"))
        assert said.encode()


@settings(deadline=None)  # the machine's disk and load are not under test
@given(st.binary(max_size=200))
def test_any_bytes(text: bytes) -> None:
    try_load(text, HOME)


@settings(deadline=None)  # the machine's disk and load are not under test
@given(st.one_of(st.text(), st.text(_ALPHABET, max_size=80)))
@example("a = {" * 300)
@example(".".join("a" * 500) + " = 1")
@example("selfheal.memory_dir." + ".".join("a" * 500) + " = 1")
def test_any_text(text: str) -> None:
    try_load(text.encode("utf-8", "surrogatepass"), HOME)


@settings(deadline=None)  # the machine's disk and load are not under test
@given(st.dictionaries(_keys, _scalars, max_size=6))
def test_any_values(values: Mapping[str, bool | int | float | str | tuple[str, ...]]) -> None:
    try_load("".join(f"{key} = {toml(value)}\n" for key, value in values.items()).encode(), HOME)


@settings(deadline=None)  # the machine's disk and load are not under test
@given(
    st.dictionaries(
        st.sampled_from([one.name for one in VARIABLES] + ["SELFHEAL_STATE_DIR", "XDG_STATE_HOME", "HOME"]),
        st.one_of(
            st.text(max_size=30),
            st.sampled_from(["http://[", "http://localhost:99999", "1e5", "-3", "\udc80"]),
        ),
    )
)
def test_any_environment(environ: Mapping[str, str]) -> None:
    try_load(b"", environ)
