"""A cheap load client: threads with kept-alive connections that post prepared bodies and keep the time."""

import http.client
import json
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass(slots=True)
class Result:
    """What a run of requests came to."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    errors: int = 0

    @property
    def rate(self) -> float:
        """Accepted requests a second."""
        return len(self.times) / self.seconds if self.seconds else 0.0

    def percentile(self, percent: int) -> float:
        """Milliseconds that `percent` of the requests stayed within."""
        if len(self.times) < 2:
            return 0.0
        return statistics.quantiles(self.times, n=100)[percent - 1] * 1000


def run(
    url: str, *, clients: int, seconds: float, headers: Sequence[dict[str, str]], body: Callable[[], dict[str, Any]]
) -> Result:
    """Post for some seconds from so many clients at once; client n sends the n-th headers, over and over."""
    target = urlsplit(url)
    result = Result()
    stop_at = time.monotonic() + seconds

    def client(number: int) -> None:
        connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=30)
        turn = number
        while time.monotonic() < stop_at:
            own = headers[turn % len(headers)]
            turn += clients
            started = time.monotonic()
            connection.request("POST", target.path, json.dumps(body()), {"Content-Type": "application/json", **own})
            answer = connection.getresponse()
            answer.read()
            if answer.status in {200, 202}:
                result.times.append(time.monotonic() - started)
            else:
                result.errors += 1

    started = time.monotonic()
    threads = [threading.Thread(target=client, args=[number]) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.seconds = time.monotonic() - started
    return result


def order_body(product: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """Make bodies of orders for one card, each with a fresh request id."""
    line = {"product_id": product["id"], "face_value": product["min_face_value"], "quantity": 1}
    return lambda: {"request_id": str(uuid.uuid4()), "currency": "USD", "items": [line]}
