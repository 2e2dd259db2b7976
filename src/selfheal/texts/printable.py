"""What of the world's text may be shown to a person."""


def clean(text: str) -> str:
    """One line of text without control characters: what is quoted must not move a terminal's cursor."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
