"""What the supplier's catalog says, checked against what our tables hold; and whether we saw all of it."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from decimal import Decimal

import structlog

from bamboo import schemas
from bamboo.schemas import CatalogPage, UnreadableAnswer
from steller.money import round_half_up, round_up

MOST_PAGES = 2000
# Pages that bring nothing new end the walk: one is met when the supplier shortens its pages on the way.
_PAGES_WITHOUT_NEWS = 3
_LARGEST_ID = 2**31 - 1
_LARGEST_AMOUNT = Decimal(10) ** 12
# What `status` may say is not documented; brands are known to say Live and TemporaryInactive. Any other word
# leaves the product on sale: if the supplier refuses it after all, the refusal takes it out of stock.
_GONE = {"deleted", "removed", "discontinued"}
_PAUSED = ("inactive", "disabled", "paused", "suspended")
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
    """A brand as it can be stored. `kept` are products that cannot be read: they stay as they are.

    `is_repeat`: it came before with other products, so only those here are new.
    """

    supplier_id: str
    name: str
    country: str
    currency: str
    read: schemas.Brand
    products: tuple[ProductRow, ...]
    kept: frozenset[int]
    is_repeat: bool = False


@dataclass(slots=True)
class Walk:
    """A walk through the pages: what was seen, when it is over, and whether it saw everything.

    It goes by what came back and by the supplier's `count`, never by the page size that was asked for, and ends
    when all that is counted came, at an empty page, or at pages that only repeat what came before. Whether it
    was complete shows afterwards. `is_whole`: the catalog comes in one body, which is all of it.
    """

    is_whole: bool = False
    next_index: int = 0
    is_over: bool = False
    brands: dict[str, str] = field(default_factory=dict)
    products: set[int] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    # Brands whose list of products is not known to the last one: those that are missing stay.
    partial: set[str] = field(default_factory=set)
    repeated: set[str] = field(default_factory=set)
    unreadable: int = 0
    _items: int = 0
    _doubles: int = 0
    _counts: set[int] = field(default_factory=set)
    _without_news: int = 0

    def take(self, page: CatalogPage) -> list[BrandRow]:
        """Return what the page has that was not seen before, and go on to the next page."""
        known = len(self.brands) + len(self.broken)
        for each in page.broken:
            self._skip(each.identification, each.reason)
        rows: dict[str, BrandRow] = {}
        for brand in page.brands:
            self._take(brand, rows)
        found = len(self.brands) + len(self.broken) - known
        self._items += page.received if found else 0
        if page.received:
            self._counts.add(page.count)
        self.next_index += 1
        self._without_news = 0 if found else self._without_news + 1
        self.is_over = self.is_whole or self._has_ended(page)
        return list(rows.values())

    def _has_ended(self, page: CatalogPage) -> bool:
        if not page.received or self._without_news >= _PAGES_WITHOUT_NEWS or self.next_index >= MOST_PAGES:
            return True
        # A count below what came is none; a full page that counts itself may lack the count of all: look on.
        is_doubtful = page.count < page.received or page.count == page.received >= page.page_size
        return self._seen >= page.count and not is_doubtful

    @property
    def _seen(self) -> int:
        return len(self.brands.keys() | self.broken) + self._doubles

    def is_complete(self, *, known_repeats: Collection[str] = ()) -> bool:
        """Tell whether what was not seen is gone: each item that the supplier counts was seen.

        A brand that comes on two pages may be listed twice, or the list moved while it was read and another brand
        was passed over. It is listed twice if it was so in the run before (`known_repeats`).
        """
        if not self.is_over or len(self._counts) != 1 or any(_UNIDENTIFIED.fullmatch(each) for each in self.broken):
            return False
        (count,) = self._counts
        if self.repeated and self._seen < count:
            return 0 < count == self._items and self.repeated == set(known_repeats)
        return 0 < count == self._seen

    def _take(self, brand: schemas.Brand, rows: dict[str, BrandRow]) -> None:
        key = _brand_key(brand)
        known_currency = self.brands.get(key)
        if known_currency not in (None, brand.currency_code):
            self._skip(f"{key}|{brand.currency_code}", "internalid (two currencies)")
            return
        try:
            row = _brand_row(key, brand, seen=self.products)
        except UnreadableAnswer as error:
            self._skip(key, str(error))
            return
        self.products |= row.kept | {product.supplier_id for product in row.products if not product.is_deleted}
        self.unreadable += len(row.kept)
        if brand.has_unnamed:
            self.partial.add(key)
            self.unreadable += 1
        if known_currency is None:
            self.brands[key] = brand.currency_code
            rows[key] = row
            return
        if key in rows:
            self._doubles += 1
        else:
            self.repeated.add(key)
        if row.products:
            earlier = rows.get(key, replace(row, products=(), is_repeat=True))
            rows[key] = replace(earlier, products=(*earlier.products, *row.products))

    def _skip(self, identification: str, reason: str) -> None:
        self.broken.add(identification)
        self.unreadable += 1
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
    kept = set(brand.broken)
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
        country=short_text(brand.country_code or "", 3).upper(),
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
        stock=_stock(product),
        modified=product.modified_date,
        price=_price(product),
        is_deleted=product.is_deleted or (product.status or "").strip().lower() in _GONE,
    )


def _stock(product: schemas.Product) -> int | None:
    """Return the cards left; a product that is paused has none until it comes back."""
    if any(word in (product.status or "").lower() for word in _PAUSED):
        return 0
    return None if product.count is None else min(max(product.count, 0), _LARGEST_ID)


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
