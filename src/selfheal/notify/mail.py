"""E-mail over SMTP, never without TLS. smtplib waits where it stands, so it works in a thread."""

import asyncio
import contextlib
import smtplib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from selfheal.notify.breaks import why_broken
from selfheal.notify.given import given_word
from selfheal.notify.hide import Secrets
from selfheal.notify.letter import address, letter
from selfheal.notify.limits import one_line
from selfheal.notify.route import LaterError, Message, RefusedError, RouteError, UnsureError
from selfheal.notify.trust import trust
from selfheal.ports.outbox import Receipt

TIMEOUT_S = 20.0  # for each answer of the server
WORDS = 160  # characters of a server's answer that stand in an error
OK = 250
FOR_GOOD = 500  # SMTP's replies from here on are refusals; those of the 400s pass


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
    """route.Route. Sent to all of `to` in one letter. The receipt is its Message-ID."""

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
        given_word(server.host, "mail server")
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
        refused = await asyncio.to_thread(self._deliver, made.as_bytes())
        return Receipt(str(made["Message-ID"]), lacks=left + refused)

    async def prove(self, message: Message) -> None:
        """All but the letter: the server takes our login, the sender, and at least one of the addresses."""
        del message  # nothing is shown
        await asyncio.to_thread(self._deliver, None)

    async def close(self) -> None:
        """Nothing stays open between two letters."""

    def _deliver(self, made: bytes | None) -> tuple[str, ...]:
        """The addresses that the server did not take, if it took others. None: it goes without a letter."""
        handed_over = False
        try:
            with contextlib.closing(self._connect()) as smtp:
                self._log_in(smtp)
                refused = self._address(smtp)
                if made is not None:
                    handed_over = True
                    self._hand_over(smtp, made)
                with contextlib.suppress(OSError):  # it is taken, however they part
                    smtp.quit()
                return refused
        except smtplib.SMTPResponseException as error:
            why: RouteError = self._answered(error.smtp_code, error.smtp_error)
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

    def _address(self, smtp: smtplib.SMTP) -> tuple[str, ...]:
        code, words = smtp.mail(self._from)
        if code != OK:
            raise self._answered(code, words)
        answers = {one: smtp.rcpt(one) for one in self._to}
        refused = {one: answer for one, answer in answers.items() if answer[0] not in {250, 251}}
        if len(refused) == len(answers):
            # One that may be taken later is a reason to come back.
            raise self._answered(*min(refused.values(), key=lambda answer: answer[0]))
        return tuple(refused)

    def _hand_over(self, smtp: smtplib.SMTP, made: bytes) -> None:
        code, words = smtp.data(made)
        if code != OK:
            raise self._answered(code, words)

    def _answered(self, code: int, words: bytes | str) -> RouteError:
        text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        said = one_line(self._secrets.hide(text))[:WORDS]
        why = self._say(f"{self._server.host} answers with {code}: {said}")
        return RefusedError(why) if code >= FOR_GOOD else LaterError(why)

    def _say(self, why: str) -> str:
        return f"cannot tell {self.name}: {self._secrets.hide(why)}"
