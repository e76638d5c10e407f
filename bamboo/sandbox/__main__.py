"""Starts the imitation without Django: `python -m bamboo.sandbox --port 8910`."""

import argparse
import sys

from bamboo.sandbox.cli import CannotListen, add_arguments, run


def main() -> int:
    """Serve, and return the exit code."""
    parser = argparse.ArgumentParser(prog="bamboo.sandbox", description="The imitation supplier.")
    add_arguments(parser)
    try:
        run(vars(parser.parse_args()), say=_say)
    except (CannotListen, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
