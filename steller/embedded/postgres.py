"""The embedded PostgreSQL: one server for one checkout, started on demand, outliving whoever started it.

It listens on a socket in a private directory and on no port. The system itself says who is calling
(``peer``), so there is no password to keep, and only the account that made the data gets in. Nothing that
protects data is off.
"""

import fcntl
import os
import pwd
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import structlog
from psycopg.sql import SQL, Identifier

from steller.embedded import places
from steller.embedded.broker import install_broker
from steller.embedded.places import DATABASE, Account, EmbeddedPostgresError, database_url

_START_ATTEMPTS = 6
_WATCH_SECONDS = 1.0
_log = structlog.get_logger(__name__)
# As `steller.isolation` names it; the role of the application may not make roles.
_PARTNER_ROLE = "steller_partner"

_SETTINGS = """\
# Written at each start by steller/embedded/postgres.py.
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = '128MB'
fsync = on
full_page_writes = on
synchronous_commit = on
timezone = 'UTC'
log_timezone = 'UTC'
# A card code must not reach the log, neither as a parameter nor inside a statement that failed.
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_min_error_statement = panic
log_error_verbosity = terse
"""


def is_running() -> bool:
    """Tell whether the embedded database answers."""
    try:
        psycopg.connect(database_url(), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def start() -> bool:
    """Start the server unless it runs, creating its data and its database the first time.

    Returns whether this call started it. Any number of processes may call it at once.

    Raises:
        EmbeddedPostgresError: it cannot run here; the message says why.
    """
    if is_running():
        return False
    with _one_at_a_time():
        if is_running():
            return False
        owner = places.account()
        data = places.data_directory(owner)
        programs = places.programs(owner, data)
        if not (data / "PG_VERSION").exists():
            _initialise(owner, data, programs)
        owner.write(data / "postgresql.conf", _SETTINGS.format(socket=places.make_socket_directory(owner)))
        _launch(owner, data, programs)
        _create_database()
    install_broker(database_url())
    return True


def stop() -> bool:
    """Stop the server and return whether it was running; its data stays.

    Raises:
        EmbeddedPostgresError: it runs and does not stop.
    """
    with _one_at_a_time():
        owner = places.account()
        data = places.data_directory(owner)
        if not (data / "postmaster.pid").exists():
            return False
        pg_ctl = places.programs(owner, data) / "pg_ctl"
        done = owner.run([pg_ctl, "stop", "-D", data, *("-m", "fast", "-w", "-t", "60")])
        if done.returncode and is_running():
            raise EmbeddedPostgresError(f"PostgreSQL does not stop: {done.stdout.strip()}")
        return done.returncode == 0


def watch() -> None:
    """Have a thread of this process start the server again after it was killed. One that was stopped stays stopped."""
    threading.Thread(target=_keep_alive, name="embedded-postgres", daemon=True).start()


def _keep_alive() -> None:
    data = places.data_directory(places.account())
    while True:
        time.sleep(_WATCH_SECONDS)
        try:
            if _left_its_lock(data) and start():
                _log.warning("embedded_postgres_started_again")
        except (EmbeddedPostgresError, OSError, psycopg.Error) as error:
            _log.warning("embedded_postgres_not_started", error=type(error).__name__)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    local = places.local_directory()
    local.mkdir(parents=True, exist_ok=True)
    with (local / "postgres.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _initialise(owner: Account, data: Path, programs: Path) -> None:
    """Make the data aside and move it into place whole: an interrupted start leaves nothing half made."""
    half = data.with_name("postgres.new")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    shutil.chown(half, owner.uid, owner.gid)
    initdb = owner.run(
        [
            programs / "initdb",
            *("-D", half, "-U", "postgres", "--auth=peer", "--encoding=UTF8", "--data-checksums"),
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        ]
    )
    if initdb.returncode:
        raise EmbeddedPostgresError(f"PostgreSQL cannot create its data in {data}:\n{initdb.stdout.strip()}")
    caller = pwd.getpwuid(os.geteuid()).pw_name
    owner.write(half / "pg_hba.conf", "local all all peer map=steller\n")
    owner.write(half / "pg_ident.conf", f'steller "{caller}" postgres\nsteller "{caller}" {DATABASE}\n')
    if data.exists():
        data.rmdir()
    half.rename(data)


def _launch(owner: Account, data: Path, programs: Path) -> None:
    log = data / "server.log"
    for _ in range(_START_ATTEMPTS):
        _forget_a_dead_server(data)
        pg_ctl = owner.run([programs / "pg_ctl", "start", "-D", data, "-l", log, "-w", "-t", "60"])
        if pg_ctl.returncode == 0:
            return
        # The last processes of a server that was killed hold its memory for a moment.
        time.sleep(0.5)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else pg_ctl.stdout
    raise EmbeddedPostgresError(f"PostgreSQL does not start on {data}:\n{tail}")


def _forget_a_dead_server(data: Path) -> None:
    """Remove the lock files of a server that was killed and whose process id another program has by now.

    PostgreSQL itself sees through a process id that nobody has, but a reused one (usual after the restart
    of a container) or one that nobody has buried yet would keep it from starting.
    """
    if _left_its_lock(data):
        (data / "postmaster.pid").unlink()
        (places.socket_directory() / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


def _left_its_lock(data: Path) -> bool:
    """Tell whether a server ended without tidying up: its lock names a process that is not the server's."""
    lock = data / "postmaster.pid"
    if not lock.exists() or not Path("/proc/self/cwd").exists():
        return False
    process = lock.read_text().partition("\n")[0]
    try:
        return Path(f"/proc/{process}/cwd").readlink() != data
    except OSError:
        return True


def _create_database() -> None:
    """Create the role and the database of the application: no superuser, as in production."""
    with psycopg.connect(places.database_url("postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [DATABASE]).fetchone():
            connection.execute(SQL("CREATE ROLE {} LOGIN CREATEDB").format(Identifier(DATABASE)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            name = Identifier(DATABASE)
            connection.execute(SQL("CREATE DATABASE {} OWNER {}").format(name, name))
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [_PARTNER_ROLE]).fetchone():
            names = Identifier(_PARTNER_ROLE), Identifier(DATABASE)
            connection.execute(SQL("CREATE ROLE {} NOLOGIN").format(names[0]))
            connection.execute(SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(*names))
