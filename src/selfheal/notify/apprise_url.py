"""Any service that Apprise knows, by its URL. It gives no receipt, so the mark stands for one.

Many of them send the text first and the files behind it, and nobody can tell which of them has failed. So
what fails with files is not tried with them again: the text alone follows, once.

Apprise says yes or no. Why it says no it only logs, so what it logs meanwhile is read, and nothing of it is
shown: it is full of URLs.
"""

import asyncio
import logging
import re
import tempfile
from contextlib import ExitStack, suppress
from contextvars import ContextVar
from http import HTTPStatus
from pathlib import Path

import apprise
from apprise.attachment.memory import AttachMemory

from selfheal.notify.handover import without_files
from selfheal.notify.hide import Secrets, secrets_of
from selfheal.notify.https import REFUSALS
from selfheal.notify.limits import fitting, one_line, shorten, without_title
from selfheal.notify.route import (
    Attachment,
    LaterError,
    Message,
    RefusedError,
    RouteError,
    Severity,
    UnsureError,
)
from selfheal.notify.trust import trusted
from selfheal.ports.outbox import Receipt

TIMEOUT_S = 60.0  # for all of it; Apprise's own, of a few seconds, is for each request
MOST_CHARACTERS = 30_000  # a service's own limit is smaller, and kept by Apprise
MOST_BYTES = 10 * 1024 * 1024  # of files
KIND = {
    Severity.CRITICAL: apprise.NotifyType.FAILURE,
    Severity.WARNING: apprise.NotifyType.WARNING,
    Severity.INFO: apprise.NotifyType.INFO,
}
STATUS = re.compile(r"\berror[=:]\s*(\d{3})\b")
UNSURE = re.compile(r"Read timed out|Connection aborted|Connection reset")
CERTIFICATE = re.compile(r"certificate verify failed")
UNRESOLVED = re.compile(r"Failed to resolve|Name or service not known|nodename nor servname")

_heard: ContextVar[list[str] | None] = ContextVar("heard_from_apprise", default=None)


class _Ear(logging.Handler):
    """Keeps what Apprise logs for the call within which it is logged, for routes that send at once."""

    def emit(self, record: logging.LogRecord) -> None:
        heard = _heard.get()
        if heard is not None:
            heard.append(record.getMessage())


_log = logging.getLogger("apprise")
_log.addHandler(_Ear())
_log.setLevel(logging.DEBUG)
_log.propagate = False  # its URLs reach no log of ours
logging.getLogger("urllib3").setLevel(logging.WARNING)  # likewise


def _bundle(until: ExitStack) -> Path | None:
    """None on a full disk: whom requests trusts has to do then."""
    with suppress(OSError):
        file = tempfile.NamedTemporaryFile(prefix="selfheal-trust-", suffix=".pem")  # noqa: SIM115 -- `until`
        until.enter_context(file)
        file.write(trusted())
        file.flush()
        return Path(file.name)
    return None


class AppriseUrl:
    """route.Route. `url`: as Apprise has it, all of it a secret. `ca`: a bundle instead of the usual ones."""

    rings = True

    def __init__(self, name: str, url: str, ca: Path | None = None, timeout_s: float = TIMEOUT_S) -> None:
        service = apprise.Apprise.instantiate(url)
        if service is None:
            raise ValueError(f"cannot use the Apprise URL of {name}: Apprise does not understand it")
        if not service.verify_certificate:
            raise ValueError(
                f"cannot use the Apprise URL of {name}: verification is never off, leave out «verify»"
            )
        self._until_closed = ExitStack()
        ca = ca or _bundle(self._until_closed)
        if ca is not None:
            # Handed on to requests, which takes a bundle there.
            service.verify_certificate = str(ca)  # type: ignore[assignment]
        service.redirects = False
        service.overflow_mode = apprise.OverflowMode.TRUNCATE
        self.name = name
        self._service = service
        self._timeout_s = timeout_s
        self._secrets = Secrets(secrets_of(url))

    async def send(self, message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        del earlier
        room = MOST_BYTES if self._service.attachment_support and not again else -1
        files, left = fitting(message.attachments, room)
        message = message if files else without_files(message)
        heard: list[str] = []
        token = _heard.set(heard)
        try:
            async with asyncio.timeout(self._timeout_s):
                taken = await asyncio.to_thread(self._notify, message, files)
        except TimeoutError:
            raise UnsureError(self._say("no answer in time")) from None
        finally:
            _heard.reset(token)
        if not taken:
            raise self._failed("\n".join(heard), with_files=bool(files))
        return Receipt(message.mark, lacks=left)

    async def close(self) -> None:
        self._until_closed.close()

    def _notify(self, message: Message, files: tuple[Attachment, ...]) -> bool:
        attached = apprise.AppriseAttachment()
        for file in files:
            made = AttachMemory(file.content, file.name, file.media_type)  # type: ignore[no-untyped-call]
            attached.add(made)
        try:
            return bool(
                self._service.notify(
                    body=shorten(without_title(message.body), MOST_CHARACTERS),
                    title=shorten(one_line(message.title), MOST_CHARACTERS),
                    notify_type=KIND[message.severity],
                    body_format=apprise.NotifyFormat.TEXT,
                    attach=attached if files else None,
                )
            )
        except Exception as error:  # noqa: BLE001 -- a service's own code, of a hundred; a route raises its own
            _log.debug("%s", type(error).__name__)
            return False

    def _failed(self, heard: str, *, with_files: bool) -> RouteError:
        why = self._why(heard)
        reached = not (CERTIFICATE.search(heard) or UNRESOLVED.search(heard))
        if with_files and reached and isinstance(why, LaterError):
            return RefusedError(str(why))
        return why

    def _why(self, heard: str) -> RouteError:
        status = STATUS.search(heard)
        if status:
            return self._answered(int(status[1]))
        if CERTIFICATE.search(heard):
            return LaterError(self._say("its certificate is not valid"))
        if UNRESOLVED.search(heard):
            return LaterError(self._say("its name cannot be resolved"))
        if UNSURE.search(heard):
            return UnsureError(self._say("the connection broke, or there was no answer in time"))
        return LaterError(self._say("Apprise could not hand it over"))

    def _answered(self, status: int) -> RouteError:
        why = self._say(f"it answers with HTTP {status}")
        if status == HTTPStatus.GATEWAY_TIMEOUT:
            return UnsureError(why)
        return RefusedError(why) if status in REFUSALS else LaterError(why)

    def _say(self, why: str) -> str:
        return f"cannot tell {self.name}: {self._secrets.hide(why)}"
