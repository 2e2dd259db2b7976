"""Sees the moment at which a word appears in somebody's log: their own stamps may be whole seconds."""

import time
from pathlib import Path
from threading import Event, Thread

LOOK_S = 0.010


class LogWatch:
    """Looks from now on, every 10 ms, at what is appended to `path`."""

    def __init__(self, path: Path, *words: str) -> None:
        self._path = path
        self._words = words
        self._offset = path.stat().st_size if path.exists() else 0
        self._seen: float | None = None
        self._stop = Event()
        self._thread = Thread(target=self._look, daemon=True)
        self._thread.start()

    def seen(self) -> float | None:
        """The monotonic time; None when it has not appeared. Ends the watch."""
        self._stop.set()
        self._thread.join()
        return self._seen

    def _look(self) -> None:
        while not self._stop.is_set():
            if any(word in self._fresh() for word in self._words):
                self._seen = time.monotonic()
                return
            time.sleep(LOOK_S)

    def _fresh(self) -> str:
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                return file.read().decode("utf-8", "replace")
        except OSError:
            return ""
