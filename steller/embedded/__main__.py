"""``python -m steller.embedded start | stop | status | psql``: the embedded PostgreSQL by hand."""

import os
import sys

from steller import embedded
from steller.embedded import places


def main(arguments: list[str]) -> str | int:
    """Run one command and return the exit status, or the complaint to end with."""
    match arguments:
        case ["start"]:
            _say("PostgreSQL started." if embedded.start() else "PostgreSQL runs already.")
        case ["stop"]:
            _say("PostgreSQL stopped." if embedded.stop() else "PostgreSQL was not running.")
        case ["status"]:
            _say(f"{'running' if embedded.is_running() else 'stopped'}  {embedded.database_url()}")
        case ["psql", *rest]:
            embedded.start()
            owner = places.account()
            psql = places.programs(owner, places.data_directory(owner)) / "psql"
            os.execv(psql, [str(psql), embedded.database_url(), *rest])  # noqa: S606 - no shell is wanted
        case _:
            return "Usage: python -m steller.embedded start | stop | status | psql [ARGUMENT ...]"
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except embedded.EmbeddedPostgresError as error:
        sys.exit(str(error))
