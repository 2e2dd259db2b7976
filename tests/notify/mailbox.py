"""A real SMTP server on loopback that takes letters, and fails as it is told."""

import asyncio
import email
import email.policy
import ssl
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from selfheal.notify.mail import MailServer, Security

USER = "selfheal"
PASSWORD = "pass-of-the-mailbox"


class Mailbox:
    """`at`: what is answered to a command instead of taking it. `hold`, `cut`: after a letter."""

    def __init__(self, context: ssl.SSLContext | None, security: Security) -> None:
        self.letters: list[EmailMessage] = []
        self.addressed: list[list[str]] = []  # to whom each of them went
        self.logins = 0
        self.at: dict[str, str] = {}
        self.hold = False
        self.cut = False
        self._released: asyncio.Event | None = None
        starttls = security is Security.STARTTLS
        offered = starttls and context is not None
        self._controller = _Controller(
            self,
            hostname="127.0.0.1",
            port=0,
            ssl_context=None if starttls else context,
            tls_context=context if starttls else None,
            require_starttls=offered,
            auth_require_tls=offered,  # otherwise it has TLS already, and does not know it
            auth_required=offered,  # likewise
            authenticator=self._authenticate,
        )
        self._controller.start()
        self._security = security
        self.port = self._controller.port

    def server(self, host: str = "localhost", port: int = 0) -> MailServer:
        return MailServer(host, port or self.port, self._security, USER, PASSWORD)

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.at.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        answer = self.at.get(f"RCPT {address}") or self.at.get("RCPT", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del session
        if self.hold:
            self._released = asyncio.Event()
            await self._released.wait()
        if self.cut:
            cast("asyncio.Transport", server.transport).abort()
            return "250 OK"
        if "DATA" not in self.at:
            content = cast("bytes", envelope.original_content)
            letter = email.message_from_bytes(content, policy=email.policy.default)
            self.letters.append(letter)
            self.addressed.append(list(envelope.rcpt_tos))
        return self.at.get("DATA", "250 OK")

    def close(self) -> None:
        if self._released is not None:
            self._controller.loop.call_soon_threadsafe(self._released.set)
        self._controller.stop()

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: object
    ) -> AuthResult:
        del server, session, envelope, mechanism
        self.logins += 1
        known = isinstance(login, LoginPassword) and login.password == PASSWORD.encode()
        return AuthResult(success=known and "AUTH" not in self.at, handled=False)


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """It asks itself for a greeting, on the port that it was given: by then there is a real one."""
        self.port = cast("Any", self.server).sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]
