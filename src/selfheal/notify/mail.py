"""E-mail over SMTP, never without TLS. smtplib waits where it stands, so it works in a thread."""

import asyncio
import contextlib
import smtplib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from selfheal.notify.breaks import why_broken
from selfheal.notify.given import given_word
from selfheal.notify.hide import Secrets
from selfheal.notify.letter import address, letter
from selfheal.notify.limits import one_line
from selfheal.notify.route import LaterError, Message, PartlyError, RefusedError, RouteError, UnsureError
from selfheal.notify.trust import trust
from selfheal.ports.outbox import Receipt

TIMEOUT_S = 20.0  # for each answer of the server
WORDS = 160  # characters of a server's answer that stand in an error
OK = 250
FOR_GOOD = 500  # SMTP's replies from here on are refusals; those of the 400s pass


class Answer(NamedTuple):
    code: int
    words: bytes | str


class Security(StrEnum):
    STARTTLS = "starttls"  # port 587
    TLS = "tls"  # from the first byte, port 465


@dataclass(frozen=True)
class MailServer:
    host: str
    port: int = 587
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)


class Mail:
    """route.Route. Sent to all of `to` in one letter. The receipt is its Message-ID.

    An address that may take it later gets the same letter then, alone.
    """

    rings = True

    def __init__(
        self,
        name: str,
        server: MailServer,
        sender: str,
        to: tuple[str, ...],
        ca: Path | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        if not to:
            raise ValueError("cannot send e-mail: nobody to send it to")
        given_word(server.host, "the mail server")
        self.name = name
        self._server = server
        self._sender = sender
        self._from = address(sender)
        self._to = tuple(address(one) for one in to)
        self._trust = trust(ca)
        self._timeout_s = timeout_s
        self._secrets = Secrets([server.password] if server.password else [])

    async def send(self, message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        del again  # the same letter
        made, left = letter(message, self._sender, self._to, earlier)
        to = [one for one in self._to if not message.only or one in message.only]
        refused = await asyncio.to_thread(self._deliver, made.as_bytes(), to, alone=bool(message.only))
        receipt = Receipt(str(made["Message-ID"]))
        late = min(refused.values(), default=Answer(OK, b""))
        if FOR_GOOD > late.code > OK:
            raise PartlyError(str(self._answered(late)), replace(receipt, lacks=tuple(refused)))
        return replace(receipt, lacks=(*left, *refused))

    async def prove(self, message: Message) -> None:
        """All but the letter: the server takes our login, the sender, and at least one of the addresses."""
        del message  # nothing is shown
        await asyncio.to_thread(self._deliver, None, self._to)

    async def close(self) -> None:
        """Nothing stays open between two letters."""

    def _deliver(self, made: bytes | None, to: Sequence[str], *, alone: bool = False) -> Mapping[str, Answer]:
        """The addresses that the server did not take, if it took others. None: it goes without a letter.

        `alone`: others have it by now, and what these refuse for good is said, and no error.
        """
        if not to:
            return {}
        handed_over = False
        try:
            with contextlib.closing(self._connect()) as smtp:
                self._log_in(smtp)
                refused = self._address(smtp, to, alone=alone)
                if made is not None and len(refused) < len(to):
                    handed_over = True
                    self._hand_over(smtp, made)
                with contextlib.suppress(OSError):  # it is taken, however they part
                    smtp.quit()
                return refused
        except smtplib.SMTPResponseException as error:
            why: RouteError = self._answered(Answer(error.smtp_code, error.smtp_error))
        except smtplib.SMTPNotSupportedError as error:
            why = LaterError(self._say(f"{self._server.host} cannot do what is needed: {error}"))
        except (OSError, UnicodeError) as error:  # smtplib's own errors are OSErrors
            broken = self._say(why_broken(self._server.host, error))
            why = UnsureError(broken) if handed_over else LaterError(broken)
        raise why

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.security is Security.TLS:
            return smtplib.SMTP_SSL(server.host, server.port, timeout=self._timeout_s, context=self._trust)
        return smtplib.SMTP(server.host, server.port, timeout=self._timeout_s)

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        if self._server.security is Security.STARTTLS:
            smtp.starttls(context=self._trust)
        smtp.ehlo_or_helo_if_needed()
        if self._server.user:
            smtp.login(self._server.user, self._server.password)

    def _address(self, smtp: smtplib.SMTP, to: Sequence[str], *, alone: bool) -> Mapping[str, Answer]:
        answer = Answer(*smtp.mail(self._from))
        if answer.code != OK:
            raise self._answered(answer)
        answers = {one: Answer(*smtp.rcpt(one)) for one in to}
        refused = {one: answer for one, answer in answers.items() if answer.code not in {250, 251}}
        if len(refused) == len(answers):
            # One that may be taken later is a reason to come back.
            first = min(refused.values())
            if first.code < FOR_GOOD or not alone:
                raise self._answered(first)
        return refused

    def _hand_over(self, smtp: smtplib.SMTP, made: bytes) -> None:
        answer = Answer(*smtp.data(made))
        if answer.code != OK:
            raise self._answered(answer)

    def _answered(self, answer: Answer) -> RouteError:
        code, words = answer
        text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        said = one_line(self._secrets.hide(text))[:WORDS]
        why = self._say(f"{self._server.host} answers with {code}: {said}")
        return RefusedError(why) if code >= FOR_GOOD else LaterError(why)

    def _say(self, why: str) -> str:
        return f"cannot tell {self.name}: {self._secrets.hide(why)}"
