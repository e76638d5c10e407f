"""Writes the catalog in both versions, and the lists around it."""

import json
import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from bamboo.sandbox.money import TWO, number, rate
from bamboo.sandbox.reading import day, whole_or
from bamboo.sandbox.seed import CATEGORIES, COUNTRIES
from bamboo.sandbox.store import Store

Query = dict[str, str]


def whole_catalog(store: Store) -> dict[str, Any]:
    """Write version 1: all brands in one body, without what only version 2 knows."""
    brands = store.rows(f"select * from brands where {_SHOWN} order by id")
    written = _brands(store, brands, "")
    for brand in written:
        for product in brand["products"]:
            del product["isDeleted"], product["status"]
    return {"brands": written}


def page(store: Store, query: Query, *, cap: int) -> dict[str, Any]:
    """Write one page of version 2; `query` has lower-case names."""
    index = max(whole_or(query.get("pageindex"), 0, "PageIndex"), 0)
    size = min(max(whole_or(query.get("pagesize"), 100, "PageSize"), 1), cap)
    where, values = _filter(query)
    counted = store.row(f"select count(*) as brands from brands where {where}", values)
    brands = store.rows(
        f"select * from brands where {where} order by id limit ? offset ?", [*values, size, index * size]
    )
    return {
        "pageIndex": index,
        "pageSize": size,
        "count": counted["brands"] if counted else 0,
        "items": _brands(store, brands, query.get("targetcurrency", "").upper()),
    }


# A brand whose products have all vanished has vanished too.
_SHOWN = "exists (select 1 from products where brand_id = brands.id and not hidden)"

_FILTERS = {
    "currencycode": "currency = upper(?)",
    "countrycode": "country = upper(?)",
    "name": "instr(lower(name), lower(?)) > 0",
    "brandid": "id = cast(? as integer)",
    "productid": "id in (select brand_id from products where id = cast(? as integer) and not hidden)",
}


def _filter(query: Query) -> tuple[str, list[object]]:
    conditions, values = [_SHOWN], list[object]()
    for name, condition in _FILTERS.items():
        if query.get(name):
            conditions.append(condition)
            values.append(query[name])
    if query.get("modifieddate"):
        after = day(query["modifieddate"], "ModifiedDate").isoformat()
        conditions.append("(modified > ? or id in (select brand_id from products where modified > ?))")
        values += [after, after]
    return " and ".join(conditions), values


def _brands(store: Store, brands: Sequence[sqlite3.Row], target: str) -> list[dict[str, Any]]:
    if not brands:
        return []
    rows = store.rows(
        "select * from products where brand_id between ? and ? and not hidden order by id",
        (brands[0]["id"], brands[-1]["id"]),
    )
    products: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        products.setdefault(row["brand_id"], []).append(_product(row, target))
    return [_brand(row, products.get(row["id"], [])) for row in brands]


def _brand(row: sqlite3.Row, products: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "internalId": row["internal_id"],
        "name": row["name"],
        "countryCode": row["country"],
        "currencyCode": row["currency"],
        "description": None,
        "disclaimer": None,
        "redemptionInstructions": "Enter the code at checkout.",
        "terms": None,
        "logoUrl": f"https://assets.invalid/{row['id']}.png",
        "modifiedDate": row["modified"],
        "categories": [_category(each) for each in json.loads(row["categories"])],
        "products": products,
    }


def _product(row: sqlite3.Row, target: str) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "minFaceValue": number(Decimal(row["face_min"])),
        "maxFaceValue": number(Decimal(row["face_max"])),
        "count": row["count"],
        "price": _price(row, target),
        "modifiedDate": row["modified"],
        "isDeleted": bool(row["is_deleted"]),
        "status": None,
    }


def _price(row: sqlite3.Row, target: str) -> dict[str, Any] | None:
    """Write a price with two decimals, though the supplier charges with four."""
    if row["price_min"] is None:
        return None
    currency = target or row["price_currency"]
    factor = rate(row["price_currency"], currency)
    return {
        "min": number((Decimal(row["price_min"]) * factor).quantize(TWO)),
        "max": number((Decimal(row["price_max"]) * factor).quantize(TWO)),
        "currencyCode": currency,
    }


def _category(pair: Sequence[Any]) -> dict[str, Any]:
    return {"id": pair[0], "name": pair[1], "description": ""}


def categories() -> list[dict[str, Any]]:
    """Write all categories."""
    return [_category(each) for each in CATEGORIES]


def countries() -> list[dict[str, Any]]:
    """Write all countries."""
    return [
        {"code": code, "name": name, "defaultCurrencyCode": currency, "alpha3Code": alpha3}
        for code, name, currency, alpha3 in COUNTRIES
    ]
