"""A made-up service manager behind two command lines: `launchctl` and `openclaw gateway`.

Its folder, where the executable lies, is its memory: `job.json`, and `command.json` with what it starts.
It never starts anything by itself: a job that died is one that was given up.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, TextIO

PRINTED = """{target} = {{
\tactive count = {count}
\tpath = {plist}
\ttype = LaunchAgent
\tstate = {state}

\tprogram = /usr/bin/true
\targuments = {{
\t\t/usr/bin/true
\t}}

\tdefault environment = {{
\t\tPATH => /usr/bin:/bin:/usr/sbin:/sbin
\t}}

\tminimum runtime = 10
\texit timeout = 20
\truns = {runs}
{pid}\tlast exit code = {code}

\tspawn type = interactive (4)
\tresource coalition = {{
\t\tID = 777
\t\tstate = active
\t\tpid = 1
\t}}

\tproperties = keepalive | runatload | inferred program
}}
"""


class Manager:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.memory = folder / "job.json"
        known: dict[str, Any] = {"loaded": False, "disabled": False, "pid": 0, "runs": 0, "plist": ""}
        self.job: dict[str, Any] = (
            json.loads(self.memory.read_text("utf-8")) if self.memory.exists() else known
        )

    def save(self) -> None:
        self.memory.write_text(json.dumps(self.job), encoding="utf-8")

    def living(self) -> int:
        """The pid, 0 when it ended."""
        try:
            stat = Path(f"/proc/{self.job['pid']}/stat").read_text(encoding="utf-8")
        except OSError:
            return 0
        return 0 if stat.rpartition(")")[2].split()[0] == "Z" else int(self.job["pid"])

    def launch(self) -> None:
        if self.living():
            return
        command = json.loads((self.folder / "command.json").read_text("utf-8"))
        null = subprocess.DEVNULL
        child = subprocess.Popen(command, start_new_session=True, stdin=null, stdout=null, stderr=null)
        self.job.update(pid=child.pid, runs=self.job["runs"] + 1)


def say(text: str, to: TextIO | None = None) -> None:
    (to or sys.stdout).write(text + "\n")


def launchctl(manager: Manager, verb: str, words: list[str]) -> int:
    job = manager.job
    if verb == "print-disabled":
        if job["disabled"] is None:
            say("Could not print disabled services: 5: Input/output error", to=sys.stderr)
            return 5
        state = "disabled" if job["disabled"] else "enabled"
        say('disabled services = {\n\t"ai.openclaw.gateway" => ' + state + "\n}")
        return 0
    if verb in {"enable", "disable"}:
        job["disabled"] = verb == "disable"
        return 0
    if verb == "bootstrap":
        return _bootstrap(manager, words[1])
    if not job["loaded"]:
        domain, _, label = words[0].rpartition("/")
        say(f'Could not find service "{label}" in domain for user gui: {domain}', to=sys.stderr)
        return 113
    if verb == "print":
        say(_printed(manager, words[0]))
    elif verb == "kickstart":
        manager.launch()
    elif verb == "bootout":
        job["loaded"] = False
    return 0


def _bootstrap(manager: Manager, plist: str) -> int:
    if manager.job["loaded"] or manager.job["disabled"] or not Path(plist).exists():
        say("Bootstrap failed: 125: Domain does not support specified action", to=sys.stderr)
        return 125
    manager.job.update(loaded=True, plist=plist, runs=0)
    manager.launch()
    return 0


def _printed(manager: Manager, target: str) -> str:
    pid = manager.living()
    return PRINTED.format(
        target=target,
        count=1 if pid else 0,
        plist=manager.job["plist"],
        state="running" if pid else "not running",
        runs=manager.job["runs"],
        pid=f"\tpid = {pid}\n" if pid else "",
        code="(never exited)" if pid else "1",
    )


def openclaw(manager: Manager, verb: str) -> int:
    if verb == "start":
        if (manager.folder / "refuses").exists():
            message = "No supported service manager detected."
            say(json.dumps({"ok": False, "error": {"type": "cli_error", "message": message}}))
            return 1
        if not (manager.folder / "lies").exists():
            manager.launch()
        return 0
    pid = manager.living()
    runtime = {"status": "running", "pid": pid} if pid else {"status": "stopped"}
    say("(node) a warning that stands before the object")
    say(json.dumps({"service": {"loaded": True, "runtime": runtime}}, indent=2))
    return 0


def install(folder: Path, name: str, command: tuple[str, ...]) -> Path:
    """Puts an executable `name` into `folder` that speaks for a manager of `command`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "command.json").write_text(json.dumps(command), encoding="utf-8")
    executable = folder / name
    text = Path(__file__).read_text(encoding="utf-8")
    executable.write_text(f"#!{os.path.realpath(sys.executable)}\n{text}", encoding="utf-8")
    executable.chmod(0o755)
    return executable


def main() -> int:
    manager = Manager(Path(sys.argv[0]).resolve().parent)
    if Path(sys.argv[0]).name == "launchctl":
        code = launchctl(manager, sys.argv[1], sys.argv[2:])
    else:
        code = openclaw(manager, sys.argv[2])
    manager.save()
    return code


if __name__ == "__main__":
    sys.exit(main())
