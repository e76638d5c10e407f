"""The private RabbitMQ node of the tests: what it keeps, and that it leaves nothing behind."""

import time
from pathlib import Path

import psutil
import pytest
from kombu import Connection, Queue

from dev.rabbitmq import RabbitNode

QUEUE = Queue("orders", routing_key="orders", queue_arguments={"x-queue-type": "quorum"})


def publish(node: RabbitNode, text: str) -> None:
    with Connection(node.url, transport_options={"confirm_publish": True}) as broker:
        broker.Producer().publish(text, routing_key="orders", declare=[QUEUE], delivery_mode=2)


def take(node: RabbitNode) -> object:
    with Connection(node.url) as broker:
        give_up_at = time.monotonic() + 20
        while (message := QUEUE(broker.default_channel).get()) is None:
            assert time.monotonic() < give_up_at, "the message is gone"
            time.sleep(0.1)
        message.ack()
        return message.payload


def processes_of(directory: Path) -> list[str]:
    found = []
    for process in psutil.process_iter():
        try:
            if str(directory) in " ".join([*process.cmdline(), *process.environ().values()]):
                found.append(process.name())
        except psutil.Error:
            continue
    return found


class TestRabbitNode:
    @pytest.mark.timeout(120)
    def test_keeps_messages_over_a_stop_and_a_kill_and_leaves_no_process(self, tmp_path: Path) -> None:
        directory = tmp_path / "a node"
        with RabbitNode(directory) as node:
            publish(node, "one")
            node.stop()
            assert processes_of(directory) == []

            node.start()
            assert take(node) == "one"

            publish(node, "two")
            node.kill()
            assert processes_of(directory) == []

            node.start()
            assert take(node) == "two"
            assert "steller" in node.control("list_users")
        assert processes_of(directory) == []
