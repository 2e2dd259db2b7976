"""Reads a multipart form as a service does."""

import email
import email.policy

from tests.notify.standin import Heard


def parts_of(heard: Heard) -> dict[str, tuple[str | None, bytes]]:
    """Of each part's name: its file's name and its content."""
    head = f"content-type: {heard.headers['content-type']}\r\n\r\n".encode()
    form = email.message_from_bytes(head + heard.body, policy=email.policy.HTTP)
    found: dict[str, tuple[str | None, bytes]] = {}
    for part in form.iter_parts():
        name = str(part["content-disposition"].params["name"])
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found[name] = (part.get_filename(), content)
    return found
