"""What the supplier's catalog says, checked against what our tables hold; and whether we saw all of it."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

import structlog

from bamboo import schemas
from bamboo.schemas import CatalogPage, UnreadableAnswer
from steller.money import round_half_up, round_up

MOST_PAGES = 2000
_LARGEST_ID = 2**31 - 1
_LARGEST_AMOUNT = Decimal(10) ** 12
_UNIDENTIFIED = re.compile(r"item \d+")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product as it can be stored; `price` is min, max and currency, or None without a usable one."""

    supplier_id: int
    name: str
    min_face_value: Decimal
    max_face_value: Decimal
    stock: int | None
    modified: str | None
    price: tuple[Decimal, Decimal, str] | None
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class BrandRow:
    """A brand as it can be stored. `kept` are products that cannot be read: they stay as they are."""

    supplier_id: str
    name: str
    country: str
    currency: str
    read: schemas.Brand
    products: tuple[ProductRow, ...]
    kept: frozenset[int]


@dataclass(slots=True)
class Walk:
    """A walk through the pages: what was seen, when it is over, and whether it saw everything.

    It goes by what came back and by the supplier's `count`, never by the page size that was asked for. A page
    that is empty or repeats ends it; whether it was complete then shows in the number of brands.
    """

    next_index: int = 0
    is_over: bool = False
    brands: dict[str, str] = field(default_factory=dict)
    products: set[int] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    _received: int = 0
    _counts: set[int] = field(default_factory=set)

    def take(self, page: CatalogPage) -> list[BrandRow]:
        """Return the page's brands that were not seen before, and go on to the next page."""
        known = len(self.brands) + len(self.broken)
        for each in page.broken:
            self._skip(each.identification, each.reason)
        rows = [row for brand in page.brands if (row := self._take(brand)) is not None]
        self._received += page.received
        if page.received:
            self._counts.add(page.count)
        self.next_index += 1
        nothing_new = len(self.brands) + len(self.broken) == known
        # A full page whose count is its own length may just lack the count of all: look at the next one.
        last = self._received >= page.count and not page.count == page.received >= page.page_size
        self.is_over = last or nothing_new or self.next_index >= MOST_PAGES
        return rows

    @property
    def is_complete(self) -> bool:
        """Tell whether what was not seen is gone: each brand that the supplier counts was seen or is known."""
        if not self.is_over or len(self._counts) != 1 or self._has_unidentified():
            return False
        (count,) = self._counts
        return 0 < count == len(self.brands.keys() | self.broken)

    def _has_unidentified(self) -> bool:
        return any(_UNIDENTIFIED.fullmatch(each) for each in self.broken)

    def _take(self, brand: schemas.Brand) -> BrandRow | None:
        key = _brand_key(brand)
        known_currency = self.brands.get(key)
        if known_currency == brand.currency_code:
            return None
        if known_currency is not None:
            self._skip(f"{key}|{brand.currency_code}", "internalid (two currencies)")
            return None
        try:
            row = _brand_row(key, brand, seen=self.products)
        except UnreadableAnswer as error:
            self._skip(key, str(error))
            return None
        self.brands[key] = brand.currency_code
        self.products |= row.kept | {product.supplier_id for product in row.products if not product.is_deleted}
        return row

    def _skip(self, identification: str, reason: str) -> None:
        self.broken.add(identification)
        _log.warning("catalog_brand_unreadable", brand=identification, field=reason)


def _brand_key(brand: schemas.Brand) -> str:
    own = brand.internal_id or f"{brand.name}|{brand.country_code or ''}|{brand.currency_code}"
    return own.replace("\0", "")[:100]


def _brand_row(key: str, brand: schemas.Brand, *, seen: set[int]) -> BrandRow:
    """Check a brand.

    Raises:
        UnreadableAnswer: it cannot be stored.

    """
    if not re.fullmatch("[A-Z]{3}", brand.currency_code):
        raise UnreadableAnswer("currencycode")
    products: dict[int, ProductRow] = {}
    kept: set[int] = set()
    for product in brand.products:
        if product.id in seen or product.id in products:
            _log.warning("catalog_product_repeated", product=product.id, brand=key)
            continue
        try:
            products[product.id] = _product_row(product)
        except UnreadableAnswer as error:
            kept.add(product.id)
            _log.warning("catalog_product_unreadable", product=product.id, brand=key, field=str(error))
    return BrandRow(
        supplier_id=key,
        name=short_text(brand.name, 300),
        country=short_text(brand.country_code or "", 3),
        currency=brand.currency_code,
        read=brand,
        products=tuple(products.values()),
        kept=frozenset(kept),
    )


def _product_row(product: schemas.Product) -> ProductRow:
    least, most = product.min_face_value, product.max_face_value
    if not 0 < product.id <= _LARGEST_ID:
        raise UnreadableAnswer("id")
    if not 0 < least <= most < _LARGEST_AMOUNT or round_half_up(least, 4) != least:
        raise UnreadableAnswer("minfacevalue")
    if round_half_up(most, 4) != most:
        raise UnreadableAnswer("maxfacevalue")
    return ProductRow(
        supplier_id=product.id,
        name=short_text(product.name, 300),
        min_face_value=least,
        max_face_value=most,
        stock=None if product.count is None else min(max(product.count, 0), _LARGEST_ID),
        modified=product.modified_date,
        price=_price(product),
        is_deleted=product.is_deleted,
    )


def _price(product: schemas.Product) -> tuple[Decimal, Decimal, str] | None:
    price = product.price
    if price is None or not re.fullmatch("[A-Z]{3}", price.currency):
        return None
    # A cost of nothing is a mistake of the supplier's catalog, not an offer.
    if not 0 < price.min <= price.max < _LARGEST_AMOUNT:
        return None
    return round_up(price.min, 4), round_up(price.max, 4), price.currency


def short_text(text: str, length: int) -> str:
    """Return a text that a column of this length can hold; PostgreSQL knows no NUL."""
    return text.replace("\0", "")[:length]


def long_text(text: str | None) -> str | None:
    """Return a text that a column without a length can hold."""
    return None if text is None else text.replace("\0", "")
