"""What a mail server takes, and what it refuses."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.notify.benches import body_of
from tests.notify.mailbox import PASSWORD, Mailbox
from tests.notify.messages import BODY, FILE, message, sent
from tests.notify.standin import Authority

from selfheal.notify.letter import MOST_BYTES, letter
from selfheal.notify.mail import Mail, MailServer, Security
from selfheal.notify.route import Attachment, LaterError, Message, PartlyError, RefusedError, Severity
from selfheal.ports.outbox import Receipt

SENDER = "selfheal <selfheal@example.com>"


@pytest.fixture
def mailbox(authority: Authority) -> Iterator[Mailbox]:
    made = Mailbox(authority.server_context(), Security.STARTTLS)
    yield made
    made.close()


def mail(mailbox: Mailbox, bundle: Path, *to: str) -> Mail:
    return Mail("mail", mailbox.server(), SENDER, to or ("ops@example.com",), bundle)


def test_the_letter(mailbox: Mailbox, authority: Authority) -> None:
    sent(mail(mailbox, authority.bundle), message(attachments=(FILE,)))
    (made,) = mailbox.letters
    assert made["From"] == SENDER
    assert made["To"] == "ops@example.com"
    assert made["Subject"] == "🚨 게이트웨이가 멈췄습니다"
    assert made["Message-ID"] == "<incident-7-open@example.com>"
    assert made["References"] == "<incident-7@example.com>"
    assert made["In-Reply-To"] is None
    assert made["Auto-Submitted"] == "auto-generated"
    assert made["Importance"] == "high"
    assert body_of(made) == BODY
    assert [(part.get_filename(), part.get_content()) for part in made.iter_attachments()] == [
        (FILE.name, FILE.content.decode())
    ]


def test_a_repeat_is_the_same_letter_and_an_answer_names_the_first(
    mailbox: Mailbox, authority: Authority
) -> None:
    sent(mail(mailbox, authority.bundle), message(), message(), earlier=Receipt("<first@example.com>"))
    assert len({letter["Message-ID"] for letter in mailbox.letters}) == 1
    made = mailbox.letters[0]
    assert made["In-Reply-To"] == "<first@example.com>"
    assert made["References"] == "<incident-7@example.com> <first@example.com>"


def test_the_first_of_a_thread_refers_to_nothing() -> None:
    first = Message("incident-7", "incident-7", Severity.INFO, "over", "over")
    made, _ = letter(first, SENDER, ("ops@example.com",), None)
    assert made["References"] is None
    assert made["Importance"] is None


def test_a_line_break_in_the_title_makes_no_header(mailbox: Mailbox, authority: Authority) -> None:
    odd = Message("m", "t", Severity.INFO, "a\r\nBcc: other@example.com", "body")
    sent(mail(mailbox, authority.bundle), odd)
    assert mailbox.letters[0]["Subject"] == "a Bcc: other@example.com"
    assert mailbox.letters[0]["Bcc"] is None


def test_a_line_that_is_a_dot_ends_nothing(mailbox: Mailbox, authority: Authority) -> None:
    sent(mail(mailbox, authority.bundle), message("a\n.\n..b"))
    assert body_of(mailbox.letters[0]) == "a\n.\n..b"


def test_a_file_of_any_kind_and_one_that_is_too_large() -> None:
    odd = Attachment("a.bin", b"\xff", "application/octet-stream")
    large = Attachment("large", b"x" * (MOST_BYTES + 1))
    made, left = letter(message(attachments=(odd, large)), SENDER, ("ops@example.com",), None)
    assert left == ("large",)
    assert [part.get_content() for part in made.iter_attachments()] == [b"\xff"]


def test_an_address_that_is_refused_stops_no_other(mailbox: Mailbox, authority: Authority) -> None:
    mailbox.at["RCPT gone@example.com"] = "550 5.1.1 nobody here"
    (receipt,) = sent(mail(mailbox, authority.bundle, "gone@example.com", "ops@example.com"), message())
    assert receipt.lacks == ("gone@example.com",)
    assert len(mailbox.letters) == 1


LATE, GONE, OPS = "late@example.com", "gone@example.com", "ops@example.com"


def test_an_address_that_is_put_off_gets_the_same_letter_alone(
    mailbox: Mailbox, authority: Authority
) -> None:
    mailbox.at |= {f"RCPT {LATE}": "450 4.2.1 greylisted", f"RCPT {GONE}": "550 5.1.1 nobody here"}
    with pytest.raises(PartlyError, match="greylisted") as caught:
        sent(mail(mailbox, authority.bundle, OPS, LATE, GONE), message())
    assert caught.value.receipt.lacks == (LATE, GONE)
    rest = replace(message(), only=caught.value.receipt.lacks)
    with pytest.raises(LaterError, match="greylisted"):
        sent(mail(mailbox, authority.bundle, OPS, LATE, GONE), rest)
    del mailbox.at[f"RCPT {LATE}"]
    (receipt,) = sent(mail(mailbox, authority.bundle, OPS, LATE, GONE), rest)
    assert receipt == replace(caught.value.receipt, lacks=(GONE,))
    assert mailbox.addressed == [[OPS], [LATE]]
    first, second = mailbox.letters
    assert (first["Message-ID"], first["To"]) == (second["Message-ID"], second["To"])


def test_an_address_that_is_refused_in_the_end_or_is_gone_needs_no_letter(
    mailbox: Mailbox, authority: Authority
) -> None:
    """The others have it: their route does not refuse."""
    mailbox.at[f"RCPT {GONE}"] = "550 5.1.1 nobody here"
    rest = replace(message(), only=(GONE,))
    assert sent(mail(mailbox, authority.bundle, OPS, GONE), rest)[0].lacks == (GONE,)
    assert sent(mail(mailbox, authority.bundle, OPS), rest)[0].lacks == ()
    assert mailbox.letters == []


def test_when_all_are_refused_the_one_that_may_pass_decides(mailbox: Mailbox, authority: Authority) -> None:
    mailbox.at["RCPT gone@example.com"] = "550 5.1.1 nobody here"
    mailbox.at["RCPT ops@example.com"] = "450 4.2.1 try later"
    with pytest.raises(LaterError, match="try later"):
        sent(mail(mailbox, authority.bundle, "gone@example.com", "ops@example.com"), message())


def test_a_letter_that_is_refused_when_it_was_read(mailbox: Mailbox, authority: Authority) -> None:
    mailbox.at["DATA"] = "554 5.7.1 spam"
    with pytest.raises(RefusedError, match="spam"):
        sent(mail(mailbox, authority.bundle), message())


def test_without_starttls_nothing_is_said(authority: Authority) -> None:
    """Somebody in between may have taken the offer away, to read the password."""
    plain = Mailbox(None, Security.STARTTLS)
    try:
        with pytest.raises(LaterError, match="STARTTLS"):
            sent(mail(plain, authority.bundle), message())
    finally:
        plain.close()
    assert plain.logins == 0


def test_the_password_stands_in_no_repr() -> None:
    assert PASSWORD not in repr(MailServer("host", password=PASSWORD))


@pytest.mark.parametrize("address", ["", "ops", "@example.com", "a@b\r\nBcc: c@d", "ops@", "a b@c"])
def test_what_is_no_address_is_refused_early(address: str) -> None:
    with pytest.raises(ValueError, match="e-mail"):
        Mail("mail", MailServer("host"), SENDER, (address,))


def test_somebody_must_be_there_to_read_it() -> None:
    with pytest.raises(ValueError, match="nobody"):
        Mail("mail", MailServer("host"), SENDER, ())
