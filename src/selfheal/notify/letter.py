"""An e-mail that is the same letter however often it is sent: its Message-ID is made of the mark, and mail
programs and many servers show such a letter once. What belongs together refers to the same thread.
"""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr

from selfheal.notify.limits import fitting, one_line, shorten
from selfheal.notify.route import Message, Severity
from selfheal.ports.outbox import Receipt

MOST_CHARACTERS = 100_000
MOST_SUBJECT = 200  # characters
MOST_BYTES = 15 * 1024 * 1024  # of files; base64 makes 20 MB of it, and many servers take no more than 25
POLICY = SMTP.clone(cte_type="7bit")
"""Every server takes it, also one that has not heard of 8BITMIME."""


def letter(
    message: Message, sender: str, to: tuple[str, ...], earlier: Receipt | None
) -> tuple[EmailMessage, tuple[str, ...]]:
    """And the names of the files that were too large for it."""
    files, left = fitting(message.attachments, MOST_BYTES)
    made = EmailMessage(POLICY)
    made["From"] = sender
    made["To"] = ", ".join(to)
    made["Subject"] = shorten(one_line(message.title), MOST_SUBJECT)
    made["Date"] = formatdate(localtime=True)
    made["Message-ID"] = message_id(message.mark, sender)
    _refer(made, message_id(message.thread, sender), earlier)
    made["Auto-Submitted"] = "auto-generated"  # no «out of office» comes back
    if message.severity is Severity.CRITICAL and not message.silent:
        made["Importance"] = "high"
        made["X-Priority"] = "1"
    made.set_content(shorten(message.body, MOST_CHARACTERS))
    for file in files:
        main, _, sub = file.media_type.partition("/")
        made.add_attachment(
            file.content,
            maintype=main,
            subtype=sub or "octet-stream",
            filename=one_line(file.name),
            params={"charset": "utf-8"} if main == "text" else {},
        )
    return made, left


def message_id(mark: str, sender: str) -> str:
    return f"<{mark}@{address(sender).rpartition('@')[2]}>"


def address(text: str) -> str:
    """Of «Name <a@b>», a@b. Raises ValueError when there is none."""
    found = parseaddr(text)[1]
    name, _, domain = found.rpartition("@")
    if not name or not domain or not text.isprintable() or not found.isascii() or " " in found:
        raise ValueError("cannot use an e-mail address: it has not the form name@example.com")
    return found


def _refer(made: EmailMessage, thread: str, earlier: Receipt | None) -> None:
    before = list(dict.fromkeys([thread, *([earlier.id] if earlier else [])]))
    before = [known for known in before if known != made["Message-ID"]]
    if before:
        made["References"] = " ".join(before)
    if earlier:
        made["In-Reply-To"] = earlier.id
