"""How the client reads the transactions report: each oddity of the contract, and rubbish, without losing a row."""

import json
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bamboo import errors
from tests.unit.bamboo.test_reading_answers import client

REQUEST_ID = uuid.UUID("3f0e0c1e-6a1b-4c7e-9c55-0d2b8f7f1a10")
ROW = {
    "orderId": 6800001,
    "requestId": str(REQUEST_ID),
    "productId": 500101,
    "orderNumber": "O-06800001",
    "orderTotal": {"value": 18.9401, "currencyCode": "USD"},
    "currencyCode": None,
    "orderDate": "2026-05-16T11:20:07.1234567",
    "transactionId": "7700001 ",
    "transactionType": "Order",
    "comment": None,
    "notes": None,
    "availableBalance": {"value": 24981.1833, "currencyCode": "USD"},
    "transactionAmount": {"value": 18.9401, "currencyCode": "USD"},
    "transactionDate": "2026-05-16T11:20:07.1834567",
    "orderItems": [],
    "clientName": None,
}


def report(*rows, **more):
    body = {
        "startDate": "2026-05-16T00:00:00",
        "endDate": "2026-05-16T23:59:59",
        "clients": [{"clientName": "Demo Client", "transactions": list(rows)}],
        **more,
    }
    supplier, adapter = client(200, json.dumps(body).encode())
    return supplier.transactions(first_day=date(2026, 5, 16), last_day=date(2026, 5, 17)), adapter


def row(**changes):
    return report({**ROW, **changes})[0].transactions[0]


class TestTheReport:
    def test_is_asked_for_by_days(self):
        _, adapter = report()

        assert adapter.asked[0].url.endswith("/v1/transactions?startDate=2026-05-16&endDate=2026-05-17")

    def test_says_which_days_it_covers(self):
        read, _ = report()

        assert (read.first_day, read.last_day) == (date(2026, 5, 16), date(2026, 5, 16))

    def test_joins_all_clients_and_forgives_missing_lists(self):
        clients = [
            {"clientName": "One", "transactions": [ROW]},
            {"clientName": "Two", "transactions": [{**ROW, "transactionId": "2", "clientName": "Other"}]},
            {"clientName": "Three", "transactions": None},
            {},
        ]
        read, _ = report(clients=clients)

        assert [(each.id, each.client_name) for each in read.transactions] == [("7700001", "One"), ("2", "Other")]

    @pytest.mark.parametrize(
        "body", [{}, {"clients": None}, {"clients": "none"}, {"clients": [1]}, {"message": "x"}, [], "clients", 1]
    )
    def test_is_not_empty_when_it_is_no_report(self, body):
        supplier, _ = client(200, json.dumps(body).encode())

        with pytest.raises(errors.OutcomeUnknown, match="unreadable_answer"):
            supplier.transactions(first_day=date(2026, 5, 16), last_day=date(2026, 5, 16))


class TestARow:
    def test_is_read_to_the_fourth_decimal_with_its_balance(self):
        read = row()

        assert (read.id, read.request_id, read.order_id) == ("7700001", REQUEST_ID, 6800001)
        assert (read.amount, read.balance, read.currency) == (Decimal("18.9401"), Decimal("24981.1833"), "USD")
        assert read.happened_at == datetime(2026, 5, 16, 11, 20, 7, 183456, tzinfo=UTC)
        assert read.is_order

    @pytest.mark.parametrize(
        "changes",
        [
            {"transactionAmount": {"value": "18.9401", "currencyCode": None}},
            {"transactionAmount": {"value": "18.9401"}, "availableBalance": {"value": 1}},
            {
                "transactionAmount": {"value": "18.9401"},
                "availableBalance": None,
                "orderTotal": None,
                "currencyCode": "usd",
            },
        ],
    )
    def test_takes_its_currency_from_wherever_it_stands(self, changes):
        assert (row(**changes).currency, row(**changes).amount) == ("USD", Decimal("18.9401"))

    def test_of_an_unknown_type_is_kept(self):
        read = row(transactionType="Refund", requestId=None, comment="for O-1")

        assert (read.type, read.is_order, read.request_id, read.comment) == ("Refund", False, None, "for O-1")

    @pytest.mark.parametrize("field", sorted(ROW))
    @pytest.mark.parametrize("value", [None, "", [], {}, "?", -1, True, "a\0\ud800b", 10**40])
    def test_survives_any_field_with_rubbish_in_it(self, field, value):
        read = row(**{field: value})

        assert read.id
        assert read.raw.isascii()
        assert field in json.loads(read.raw)

    @given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
    def test_may_be_no_object_at_all(self, raw):
        read = report(raw)[0].transactions[0]

        assert (read.amount, read.type) == (None, "")
        assert read.id.startswith("nameless:")

    def test_without_a_name_is_named_by_what_it_says_and_how_often(self):
        nameless = {**ROW, "transactionId": " "}
        first, second, other = report(nameless, nameless, {**nameless, "orderId": 1})[0].transactions
        again = report({**nameless, "orderId": 1}, nameless, nameless)[0].transactions

        assert len({first.id, second.id, other.id}) == 3
        assert {each.id for each in again} == {first.id, second.id, other.id}
