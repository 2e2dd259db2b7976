"""What is written is whole and for its owner alone; what cannot be written changes nothing."""

import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from selfheal.config.writing import Change, ChangedMeanwhile, write, write_private

OLD = "# old\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "config.toml").write_text(OLD, encoding="utf-8")
    (folder / "config.toml").chmod(0o644)
    return folder / "config.toml"


@contextmanager
def no_file_beyond(size_bytes: int) -> Iterator[None]:
    """The kernel refuses every write behind that: as a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def change(config: Path) -> Change:
    return Change(config, OLD, "# new\n", {config.with_name("phone-token"): "hush"})


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(config: Path) -> list[str]:
    return sorted(one.name for one in config.parent.iterdir())


def test_config_and_secrets_are_for_the_owner_alone(config: Path) -> None:
    write(change(config))
    token = config.with_name("phone-token")
    assert (config.read_text("utf-8"), token.read_text("utf-8")) == ("# new\n", "hush\n")
    assert (mode(config), mode(token)) == (0o600, 0o600)
    assert names(config) == ["config.toml", "phone-token"]


def test_a_folder_that_is_not_there_is_made_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    write(Change(path, None, "# new\n", {}))
    assert (mode(path.parent), mode(path)) == (0o700, 0o600)


def test_it_is_written_where_a_link_leads(config: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(config)
    write_private(link, "# new\n")
    assert link.is_symlink()
    assert config.read_text("utf-8") == "# new\n"


def test_on_a_full_disk_all_is_as_it_was(config: Path) -> None:
    with no_file_beyond(1), pytest.raises(OSError, match="large"):
        write(change(config))
    assert (config.read_text("utf-8"), mode(config), names(config)) == (OLD, 0o644, ["config.toml"])


def test_where_only_the_config_cannot_be_written_the_secrets_are_as_they_were(config: Path) -> None:
    token = config.with_name("phone-token")
    token.write_text("before\n", encoding="utf-8")
    secrets = {token: "hush", config.with_name("phone-topic"): "hush"}
    large = Change(config, OLD, OLD * 100, secrets)
    with no_file_beyond(100), pytest.raises(OSError, match="large"):
        write(large)
    assert (config.read_text("utf-8"), token.read_text("utf-8")) == (OLD, "before\n")
    assert names(config) == ["config.toml", "phone-token"]


def test_what_somebody_else_wrote_meanwhile_stays(config: Path) -> None:
    config.write_text("# another\n", encoding="utf-8")
    with pytest.raises(ChangedMeanwhile):
        write(change(config))
    assert (config.read_text("utf-8"), names(config)) == ("# another\n", ["config.toml"])


def test_what_nothing_names_any_more_goes_with_the_config(config: Path) -> None:
    write(change(config))
    write(Change(config, "# new\n", None, {}, gone=(config.with_name("phone-token"),)))
    assert names(config) == []
