"""What a config takes in from other files. OpenClaw's own resolver is the measure of each case."""

import os
from pathlib import Path

import pytest

from selfheal.core.facts import ConfigState
from selfheal.gateway.configfile import ConfigLook, ConfigWatcher, look_at_config


def look(folder: Path, **files: str) -> ConfigLook:
    """`main` is the config, the others are included by their names."""
    for name, text in files.items():
        (folder / f"{name}.json").write_text(text)
    return look_at_config(folder / "main.json")


def test_a_section_in_a_file_of_its_own(tmp_path: Path) -> None:
    seen = look(
        tmp_path,
        main='{gateway: {"$include": "./gw.json"}}',
        gw="{port: 7001, tls: {enabled: true}, controlUi: {enabled: false}}",
    )
    assert (seen.state, seen.port, seen.tls, seen.serves_root) == (ConfigState.LOADABLE, 7001, True, False)
    assert seen.included == (tmp_path / "gw.json",)


def test_what_stands_beside_an_include_goes_before_it_and_later_files_before_earlier(tmp_path: Path) -> None:
    seen = look(
        tmp_path,
        main='{"$include": ["a.json", "b.json"], gateway: {port: 3}, other: {"$include": "none.json"}}',
        a="{gateway: {port: 1, controlUi: {enabled: false, basePath: '/a'}}}",
        b="{gateway: {port: 2, controlUi: {basePath: '/'}}, other: {'$include': 'none.json'}}",
    )
    assert (seen.port, seen.serves_root, len(seen.included)) == (3, False, 2)


def test_includes_in_includes_go_from_their_own_folder(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "port.json").write_text("7002")
    (tmp_path / "deep" / "gw.json").write_text('{port: {$include: "port.json"}}')
    assert look(tmp_path, main='{gateway: {$include: "deep/gw.json"}}').port == 7002


@pytest.mark.parametrize(
    "included",
    ["main.json", "none.json", ".", "broken.json", "list.json", "pipe", "large.json", 5, ["a.json", 5]],
)
def test_what_cannot_be_included_is_for_openclaw_to_refuse_and_tells_us_nothing(
    tmp_path: Path, included: object
) -> None:
    """No pipe holds us up, either."""
    os.mkfifo(tmp_path / "pipe")
    named = f"'{included}'" if isinstance(included, str) else included
    seen = look(
        tmp_path,
        main=f"{{gateway: {{port: 7003, $include: {named}}}}}",
        a="{}",
        broken="{,",
        list="[1]",
        large='"' + "x" * (2 * 1024 * 1024) + '"',
    )
    assert (seen.state, seen.port, seen.serves_root) == (ConfigState.LOADABLE, 0, False)


def test_the_mark_changes_with_each_included_file(tmp_path: Path) -> None:
    look(tmp_path, main='{gateway: {$include: "gw.json"}}')
    watcher = ConfigWatcher(tmp_path / "main.json")
    marks = [watcher.look().mark]
    for text in ("{port: 701}", "{port: 7011}"):
        (tmp_path / "gw.json").write_text(text)
        marks.append(watcher.look().mark)
        assert watcher.look().port == int(text[7:-1])
    assert len(set(marks)) == 3
    assert watcher.look() is watcher.look()
