"""`make bench`, or `python -m benchmarks`: measures, prints, writes JSON. A missed aim is no failure."""

import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from rich.console import Console

from benchmarks.bench import Bench
from benchmarks.document import write
from benchmarks.field import Say
from benchmarks.machine import look_at, with_load_after
from benchmarks.options import parse
from benchmarks.record import Run
from benchmarks.serving import NeverServedError
from benchmarks.show import show
from selfheal.app.sandboxed import cache_dir
from selfheal.gateway.sandbox_faults import SandboxError
from selfheal.gateway.sandbox_install import ensure_installed
from selfheal.gateway.sandbox_progress import Stage

RESULTS = Path(__file__).parent / "results"
TABLE_COLUMNS = 150
"""Where no terminal says how wide it is."""
DONE, FAILED, INTERRUPTED = 0, 1, 130


def main(argv: Sequence[str]) -> int:
    options = parse(argv)
    console = Console(stderr=True)
    if sys.platform != "linux":
        console.print("the benchmark needs Linux: it reads /proc")
        return FAILED
    _interrupt_once()
    try:
        with console.status("OpenClaw") as line:

            def progress(stage: Stage, done_bytes: int, total_bytes: int | None) -> None:
                of = f"{done_bytes // 10**6} of {total_bytes // 10**6} MB" if total_bytes else ""
                line.update(f"OpenClaw: {stage} {of}")

            cache = cache_dir(dict(os.environ)).absolute()
            installation = ensure_installed(cache, progress=progress)
    except (SandboxError, KeyboardInterrupt) as error:
        console.print(str(error) or "interrupted")
        return FAILED
    began = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    machine = look_at(installation)
    bench = Bench(installation, cache, options, _sayer(console), time.sleep)
    code = _measure(bench, console)
    run = Run(
        began,
        with_load_after(machine),
        options.settings(),
        bench.methods,
        bench.ledger.series(),
        complete=code == DONE,
    )
    show(run, Console(width=None if sys.stdout.isatty() else TABLE_COLUMNS))
    if run.series:
        console.print(f"written: {RESULTS.parent.name}/{RESULTS.name}/{write(run, RESULTS).name}")
    return code


def _measure(bench: Bench, console: Console) -> int:
    try:
        bench.run()
    except KeyboardInterrupt:
        console.print("interrupted")
        return INTERRUPTED
    except NeverServedError as error:
        console.print(f"the gateway does not start here: {error}")
        return FAILED
    return DONE


def _sayer(console: Console) -> Say:
    began = time.monotonic()
    last = ""

    def say(text: str) -> None:
        nonlocal last
        if text != last:
            last = text
            console.print(f"[dim]{time.monotonic() - began:6.0f} s[/]  {text}", highlight=False)

    return say


def _interrupt_once() -> None:
    """Ctrl-C and SIGTERM end the run cleanly; a second one must not end the cleaning up."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
