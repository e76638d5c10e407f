"""How `gunicorn steller.wsgi` serves: a few processes with a few threads each; requests are logged by the site."""

import os
from pathlib import Path

worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
# Longer than a request that waits for its order (`wait_seconds`, 30 at most).
timeout = 60
graceful_timeout = 40
keepalive = 15
# A slow leak never lives long; the jitter keeps the processes from restarting together.
max_requests = 50_000
max_requests_jitter = 5_000
accesslog = None
if Path("/dev/shm").is_dir():  # noqa: S108 - memory, so that heartbeats never wait for a disk
    worker_tmp_dir = "/dev/shm"  # noqa: S108
