"""Cells of a CSV are shown, never run; numbers stay numbers."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steller.spreadsheets import cell, csv_text


class TestACell:
    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", " @x"])
    def test_that_looks_like_a_formula_gets_a_quote(self, text):
        assert cell(text) == f"'{text}"

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (None, ""),
            (Decimal("-12.5000"), "-12.5000"),
            (Decimal("1E+3"), "1000"),
            (-3, "-3"),
            (True, "True"),
            ("plain", "plain"),
            ("a=b", "a=b"),
            (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00"),
        ],
    )
    def test_of_anything_else_stays_as_it_is(self, value, text):
        assert cell(value) == text

    @given(st.text())
    def test_never_begins_a_formula(self, text):
        assert cell(text).lstrip(" ")[:1] not in {"=", "+", "-", "@", "\t", "\r", "\n"}


class TestCsv:
    @given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2), min_size=1))
    def test_reads_back_as_the_same_cells(self, rows):
        text = csv_text(rows)

        assert list(csv.reader(io.StringIO(text, newline=""))) == [[cell(value) for value in row] for row in rows]
