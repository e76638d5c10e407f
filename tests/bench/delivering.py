"""Orders to their cards, with all limits off: what our own part takes."""

import time

import psycopg

from tests.bench.servers import Servers
from tests.e2e.site import Partner, wait_until


def deliver(servers: Servers, orders: int) -> dict[str, float]:
    """Place orders into an empty queue and time them to their cards, with all limits off."""
    site = servers.site
    with psycopg.connect(site.database_url, autocommit=True) as connection:
        connection.execute("UPDATE orders_orderitem SET status = 'on_hold' WHERE status = 'waiting'")
    site.start("worker", "beat")
    time.sleep(4)
    partners = [Partner(site, {"partner_id": 0, "api_key": key}) for key in servers.shop["keys"][:4]]
    started = time.monotonic()
    single = partners[0].order(servers.product).json()["id"]
    partners[0].wait_for(single)
    alone = time.monotonic() - started
    started = time.monotonic()
    ids = [partners[n % 4].order(servers.product).json()["id"] for n in range(orders)]
    wait_until(
        lambda: (
            site.rows(
                f"SELECT count(*) FROM orders_order WHERE status = 'succeeded' AND id IN ({', '.join(map(repr, ids))})"
            )
            == [(orders,)]
        ),
        seconds=120,
    )
    seconds = time.monotonic() - started
    waits = site.rows(
        "SELECT percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM settled_at - created_at))"
        f" FROM orders_order WHERE id IN ({', '.join(map(repr, ids))})"
    )[0][0]
    figures = {
        "alone_s": alone,
        "orders_per_s": orders / seconds,
        "p50_s": waits[0],
        "p99_s": waits[1],
    }
    print(
        f"order to cards, limits off: one alone {alone:.2f} s; {orders} orders at {orders / seconds:.0f}/s,"
        f" p50 {waits[0]:.2f} s, p99 {waits[1]:.2f} s (the supplier's own time is milliseconds)"
    )
    return figures
