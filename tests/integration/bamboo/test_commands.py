"""The imitation as a process: started, used, stopped, and started where it cannot be."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
from django.core.management import CommandError, call_command

from bamboo.sandbox.__main__ import main

ROOT = Path(__file__).resolve().parents[3]
DJANGO = [sys.executable, "manage.py", "bamboo_sandbox"]
ALONE = [sys.executable, "-m", "bamboo.sandbox"]
NAMED = {"BAMBOO_CLIENT_ID": "NAMED", "BAMBOO_CLIENT_SECRET": "named-secret"}


def start(command, *options):
    return subprocess.Popen(
        [*command, "--port", "0", *options],
        cwd=ROOT,
        env=os.environ | NAMED,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("command", [DJANGO, ALONE], ids=["django", "alone"])
class TestTheCommand:
    @pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
    def test_says_where_it_listens_answers_and_ends_cleanly(self, command, stop):
        with start(command, "--limits", "off", "--brands", "15") as process:
            line = process.stdout.readline()
            url = line.split()[-1]
            auth = tuple(NAMED.values())
            answers = [requests.get(f"{url}/api/integration/v2.0/catalog", auth=auth, timeout=5) for _ in range(3)]
            process.send_signal(stop)
            rest, complaints = process.communicate(timeout=20)

        assert line.startswith("Bamboo sandbox on http://127.0.0.1:")
        assert [(answer.status_code, answer.json()["count"]) for answer in answers] == [(200, 15)] * 3
        assert (process.returncode, rest, complaints) == (0, "", "")

    def test_says_that_its_port_is_taken(self, command):
        with start(command) as first:
            port = first.stdout.readline().strip().rpartition(":")[2]
            second = subprocess.run(
                [*command, "--port", port], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
            )
            first.terminate()

        assert (second.returncode, second.stdout) == (1, "")
        assert f"Cannot listen on 127.0.0.1:{port}" in second.stderr
        assert "Traceback" not in second.stderr


class TestTheFunctionsBehindIt:
    """The same inside this process, with the signal handlers that tests have afterwards."""

    @pytest.fixture(autouse=True)
    def _own_signals(self):
        before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
        yield
        for each, handler in before.items():
            signal.signal(each, handler)

    def test_serve_until_a_signal_comes(self, tmp_path, capsys):
        stopping = threading.Timer(0.5, signal.raise_signal, [signal.SIGTERM])
        stopping.start()

        code = main(["--port", "0", "--limits", "off", "--database", str(tmp_path / "supplier.sqlite3")])

        stopping.join()
        assert (code, capsys.readouterr().out.startswith("Bamboo sandbox on http://127.0.0.1:")) == (0, True)

    def test_say_in_words_what_is_wrong(self, capsys):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            codes = [main(["--port", str(taken.getsockname()[1])]), main(["--limits", "sometimes"])]

        assert codes == [1, 1]
        assert "Cannot listen on 127.0.0.1:" in capsys.readouterr().err

    def test_are_the_management_commands_too(self, capsys):
        stopping = threading.Timer(0.5, signal.raise_signal, [signal.SIGINT])
        stopping.start()

        call_command("bamboo_sandbox", "--port", "0")

        stopping.join()
        assert capsys.readouterr().out.startswith("Bamboo sandbox on")
        with pytest.raises(CommandError):
            call_command("bamboo_sandbox", "--limits", "sometimes")


def test_limits_that_are_no_number_are_refused():
    with start(ALONE, "--limits", "sometimes") as process:
        _, complaints = process.communicate(timeout=20)

    assert process.returncode == 1
    assert "Traceback" not in complaints
