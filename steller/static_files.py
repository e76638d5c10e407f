"""Collect static files under hashed names, compressed, when a web process starts and they have changed.

So a fresh clone serves them without a step that one could forget, and an image that collected them while it was
built starts at once: what was collected is known by a digest of the names, sizes and times of all sources.
"""

import fcntl
import hashlib
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

_MARK = "collected-from"


def collect() -> None:
    """Collect unless it was done for exactly these files; processes that start together take turns."""
    if settings.DEBUG:
        return
    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    mark = root / _MARK
    with (root / f"{_MARK}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sources = _digest_of_sources()
        if mark.exists() and mark.read_text() == sources:
            return
        call_command("collectstatic", interactive=False, verbosity=0)
        mark.write_text(sources)


def _digest_of_sources() -> str:
    digest = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for line in sorted(_sources()):
        digest.update(line.encode())
    return digest.hexdigest()


def _sources() -> Iterator[str]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            file = Path(storage.path(path))
            state = file.stat()
            yield f"{file} {state.st_size} {state.st_mtime_ns}\n"
