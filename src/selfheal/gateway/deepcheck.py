"""The deep check, a program that lives for one question: is this gateway of use, beyond its probes?

`python -m selfheal.gateway.deepcheck` reads one JSON `Question` from stdin and prints one JSON `Answer`; no
secret stands in its arguments or environment. It exits 0 whenever it printed an answer, 2 for a question that
it cannot read. From the question on, no more than `timeout_s` seconds pass, whatever hangs.
"""

import os
import sys
import threading
from dataclasses import replace
from errno import EDQUOT, EIO, ENOSPC, EROFS
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic

import msgspec

from selfheal.gateway.deepcheck_login import Login, read_login
from selfheal.gateway.deepcheck_records import Answer, Fault, Outcome, Question, Reply

QUESTION_LIMIT_BYTES = 64 * 1024
DETAIL_LIMIT = 300
"""Characters of the gateway's words that we pass on."""
FAREWELL_S = 0.2
"""Kept back from the deadline, to hang up and to answer."""
STORAGE_TEST_BYTES = 64 * 1024
"""Sixteen pages of the gateway's database: less may still fit into the last free block of a full disk."""
STORAGE_ERRORS = frozenset({ENOSPC, EDQUOT, EROFS, EIO})
"""Others, such as a lack of rights, may be ours alone."""


class Voice:
    """Speaks once. When time is up it says what we were waiting for, and ends the process."""

    def __init__(self, timeout_s: float) -> None:
        self.stage = Fault(Outcome.NOT_CONFIGURED, "reading the gateway's config took too long")
        self._started_s = monotonic()
        self._spoken = threading.Lock()
        self._timer = threading.Timer(timeout_s, self._end)
        self._timer.daemon = True
        self._timer.start()

    def say(self, answer: Answer) -> None:
        if self._spoken.acquire(blocking=False):
            timed = replace(answer, latency_s=round(monotonic() - self._started_s, 4))
            os.write(sys.stdout.fileno(), msgspec.json.encode(timed) + b"\n")

    def _end(self) -> None:
        self.say(Answer(outcome=self.stage.outcome, detail=self.stage.detail))
        os._exit(0)


def main() -> int:
    try:
        question = msgspec.json.decode(sys.stdin.buffer.read(QUESTION_LIMIT_BYTES), type=Question)
    except msgspec.MsgspecError as error:
        sys.stderr.write(f"cannot read the question: {error}\n")
        return 2
    voice = Voice(question.timeout_s)
    voice.say(_check(question, voice))
    return 0


def _check(question: Question, voice: Voice) -> Answer:
    login = Login()
    deadline_s = monotonic() + max(question.timeout_s - FAREWELL_S, 0.0)
    try:
        login = read_login(Path(question.config_path), question.token)
        login = login if question.tls is None else replace(login, tls=question.tls)
        voice.stage = Fault(Outcome.TIMEOUT, "no end of the conversation before the deadline")
        reply = _ask_gateway(question.port, login, deadline_s)
        voice.stage = Fault(Outcome.STORAGE, f"writing in {question.state_dir} did not end")
        _try_storage(Path(question.state_dir))
    except Fault as fault:
        return Answer(outcome=fault.outcome, detail=_presentable(fault.detail, login))
    return _praise(reply)


def _ask_gateway(port: int, login: Login, deadline_s: float) -> Reply:
    from selfheal.gateway.deepcheck_wire import converse  # noqa: PLC0415 - the import is on the clock, too

    return converse(port, login, deadline_s)


def _try_storage(state_dir: Path) -> None:
    """Does what each write of the gateway's does first. The file has no name, and is gone when it is closed.

    Needed because on a full disk the gateway still answers all that it can read (seen for minutes),
    while every new message, session and job fails. Raises Fault (storage).
    """
    try:
        with TemporaryFile(dir=state_dir, buffering=0) as file:
            _write_all(file.fileno(), bytes(STORAGE_TEST_BYTES))
    except OSError as error:
        if error.errno in STORAGE_ERRORS:
            raise Fault(Outcome.STORAGE, f"cannot write in {state_dir}: {error.strerror}") from error


def _write_all(descriptor: int, content: bytes) -> None:
    """A nearly full disk takes a part first, and refuses the rest."""
    while content:
        content = content[os.write(descriptor, content) :]


def _praise(reply: Reply) -> Answer:
    suppressed = sorted(name for name, channel in reply.channels.items() if channel.suppressed)
    return Answer(outcome=Outcome.OK, pid=reply.pid, suppressed=suppressed, channels=reply.channels)


def _presentable(detail: str, login: Login) -> str:
    for secret in login.secrets():
        detail = detail.replace(secret, "[secret]")
    printable = "".join(sign if sign.isprintable() else " " for sign in detail)
    return printable[:DETAIL_LIMIT]


if __name__ == "__main__":
    sys.exit(main())
