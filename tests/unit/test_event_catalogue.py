"""The events that docs/api.md publishes are those that the code knows, with the fields that it writes."""

import ast
import json
import re
from pathlib import Path

import pytest

from partners.models import EventKind

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/api.md").read_text()
EVENTS = PAGE[PAGE.index("## Events") : PAGE.index("## Webhooks")]
ROWS = dict(re.findall(r"^\| `([a-z_.]+)` \| [^|]+ \| (.+) \|$", EVENTS, re.MULTILINE))


def recorded_kinds():
    """Name the kinds that the source records as a constant."""
    for app in ("partners", "wallets", "catalog", "orders", "steller"):
        for path in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and re.fullmatch(
                    r"(order|wallet|product|webhook)\.(succeeded|partially_failed|failed|cancelled|refunded|low|credited|debited"
                    r"|top_up_\w+|changed|paused)",
                    str(node.value),
                ):
                    yield node.value


def example_of(kind):
    """Return the example of a kind's data: its own, or the one that its row points to."""
    cell = ROWS[kind]
    if cell == "as above":
        return json.loads(re.search(r"```json\n(.+?)```", EVENTS, re.DOTALL).group(1))["results"][0]["data"]
    if pointed := re.match(r"as `([a-z_.]+)`", cell):
        return example_of(pointed.group(1))
    return json.loads(re.match(r"`(\{.+?\})`", cell).group(1))


class TestTheCatalogue:
    def test_lists_every_kind_and_no_other(self):
        assert set(ROWS) == set(EventKind.values)

    def test_lists_whatever_the_source_records(self):
        assert set(recorded_kinds()) <= set(EventKind.values)

    @pytest.mark.parametrize("kind", EventKind.values)
    def test_has_an_example_of_each(self, kind):
        assert example_of(kind)

    def test_shows_no_card_data(self):
        assert not re.search(r"card_code|pin\"|serial", EVENTS)

    @pytest.mark.parametrize(
        ("kind", "path", "function"),
        [
            ("order.succeeded", "orders/services/settlement.py", "announce"),
            ("order.refunded", "orders/services/deciding/refunds.py", "_refund"),
            ("product.changed", "catalog/services/announcing.py", "announce_changes"),
            ("webhook.paused", "partners/services/results.py", "_pause_endpoint"),
        ],
    )
    def test_has_the_fields_that_are_written(self, kind, path, function):
        tree = ast.parse((ROOT / path).read_text())
        [body] = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == function]
        written = [
            {key.value for key in node.keys if isinstance(key, ast.Constant)}
            for node in ast.walk(body)
            if isinstance(node, ast.Dict)
        ]
        assert set(example_of(kind)) in written
