"""Key-value storage: one JSON file for each key."""

import json
import os
import re
import tempfile
from pathlib import Path

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Storage:
    """Values on disk under one folder. A reader never sees half a value."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _file(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no key: 1 to 64 of a-z, 0-9, - and _")
        return self._folder / f"{key}.json"

    def put(self, key: str, value: object) -> None:
        """Store a value that JSON can carry. Raises ValueError for a key with other characters."""
        target = self._file(key)
        handle, name = tempfile.mkstemp(dir=self._folder, suffix=".tmp")
        with os.fdopen(handle, "w") as file:
            json.dump(value, file)
        os.replace(name, target)

    def get(self, key: str) -> object:
        """The value. Raises KeyError if there is none."""
        try:
            return json.loads(self._file(key).read_text())
        except FileNotFoundError:
            raise KeyError(key) from None

    def writable(self) -> bool:
        """Can values be stored? A check for `Api.checks`."""
        return os.access(self._folder, os.W_OK)
