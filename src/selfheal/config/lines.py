"""The lines of a document's keys. `scan` finds them, where there is a document at all."""

Key = tuple[str, ...]

DEPTH_MAX = 8  # no setting lies deeper; what does is placed on the line of its parent


class Lines:
    def __init__(self) -> None:
        self.known: dict[Key, int] = {}

    def of(self, *path: str) -> int | None:
        """The line of a key of the document, or of the inline table that it stands in."""
        for length in range(len(path), 0, -1):
            line = self.known.get(path[:length])
            if line is not None:
                return line
        return None

    def note(self, base: Key, path: Key, line: int) -> None:
        for length in range(1, min(len(path), DEPTH_MAX) + 1):
            self.known.setdefault(base + path[:length], line)
