"""The catalog: pages of brands with their products and prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from bamboo.schemas.fields import Fields, UnreadableAnswer, readable


@dataclass(frozen=True, slots=True)
class Category:
    """A category; `id` is absent where the supplier names it only."""

    id: int | None
    name: str
    description: str | None = None

    @classmethod
    def read(cls, raw: object) -> Self:
        """Read an object, or a bare name."""
        if isinstance(raw, str):
            return cls(id=None, name=raw)
        fields = Fields(raw)
        return cls(
            id=fields.optional_whole("id"),
            name=fields.text("name"),
            description=fields.optional_text("description"),
        )


@dataclass(frozen=True, slots=True)
class Country:
    """A country of the catalog; `GLC` stands for global cards."""

    code: str
    name: str
    currency: str | None
    alpha3: str | None

    @classmethod
    def read(cls, raw: object) -> Self:
        """Read a country."""
        fields = Fields(raw)
        code = fields.text("code")
        return cls(
            code=code,
            name=fields.optional_text("name") or code,
            currency=fields.optional_text("defaultcurrencycode"),
            alpha3=fields.optional_text("alpha3code"),
        )


@dataclass(frozen=True, slots=True)
class Price:
    """What we pay for the smallest and the largest face value; the currency may differ from the card's."""

    min: Decimal
    max: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Product:
    """A card that can be bought: of one face value, or of any from `min_face_value` to `max_face_value`.

    `count` is the number of cards left, and None where the supplier never runs out. `price` is None when the supplier
    tells no usable one. `modified_date` is the supplier's own text (`timestamp` reads it).
    """

    id: int
    name: str
    min_face_value: Decimal
    max_face_value: Decimal
    count: int | None
    price: Price | None
    modified_date: str | None
    is_deleted: bool
    status: str | None

    @property
    def is_fixed(self) -> bool:
        """Tell whether the card has a single face value."""
        return self.min_face_value == self.max_face_value

    @classmethod
    def read(cls, raw: object) -> Self:
        """Read a product of the catalog."""
        fields = Fields(raw)
        return cls(
            id=fields.whole("id"),
            name=fields.text("name"),
            min_face_value=fields.number("minfacevalue"),
            max_face_value=fields.number("maxfacevalue"),
            count=fields.optional_whole("count"),
            price=_price(fields.get("price")),
            modified_date=fields.optional_text("modifieddate"),
            is_deleted=fields.flag("isdeleted", default=False),
            status=fields.optional_text("status"),
        )


def _price(raw: object) -> Price | None:
    if raw is None:
        return None
    fields = Fields(raw)
    least, most = fields.optional_number("min"), fields.optional_number("max")
    currency = fields.optional_text("currencycode")
    if least is None or most is None or currency is None:
        return None
    return Price(min=least, max=most, currency=currency)


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand of one country and currency, with its products. `country_code` is `GLC` for global cards."""

    internal_id: str | None
    name: str
    country_code: str | None
    currency_code: str
    description: str | None
    disclaimer: str | None
    redemption_instructions: str | None
    terms: str | None
    logo_url: str | None
    modified_date: str | None
    categories: tuple[Category, ...]
    products: tuple[Product, ...]
    # Products that could not be read: their ids, as far as they tell one, and whether one does not.
    broken: frozenset[int] = frozenset()
    has_unnamed: bool = False

    @classmethod
    def read(cls, raw: object) -> Self:
        """Read a brand of the catalog, all of its products with it; a broken product does not stop the others."""
        fields = Fields(raw)
        products, broken, has_unnamed = _products(fields.items("products"))
        return cls(
            internal_id=fields.optional_text("internalid"),
            name=fields.text("name"),
            country_code=fields.optional_text("countrycode"),
            currency_code=fields.text("currencycode"),
            description=fields.optional_text("description"),
            disclaimer=fields.optional_text("disclaimer"),
            redemption_instructions=fields.optional_text("redemptioninstructions"),
            terms=fields.optional_text("terms"),
            logo_url=fields.optional_text("logourl"),
            modified_date=fields.optional_text("modifieddate"),
            categories=readable(fields.items("categories"), Category.read),
            products=products,
            broken=broken,
            has_unnamed=has_unnamed,
        )


def _products(rows: Sequence[object]) -> tuple[tuple[Product, ...], frozenset[int], bool]:
    products: list[Product] = []
    broken: set[int] = set()
    has_unnamed = False
    for row in rows:
        try:
            products.append(Product.read(row))
        except UnreadableAnswer:
            number = _number_of(row)
            has_unnamed |= number is None
            broken |= set() if number is None else {number}
    return tuple(products), frozenset(broken), has_unnamed


def _number_of(row: object) -> int | None:
    try:
        return Fields(row).optional_whole("id")
    except UnreadableAnswer:
        return None


@dataclass(frozen=True, slots=True)
class BrokenBrand:
    """An item of the catalog that could not be read: what it calls itself, and which field was wrong."""

    identification: str
    reason: str


_ENVELOPES = ("items", "brands")


@dataclass(frozen=True, slots=True)
class CatalogPage:
    """A page of brands. `count` is the number in all pages, `received` that in this answer, broken ones too."""

    page_index: int
    page_size: int
    count: int
    brands: tuple[Brand, ...]
    broken: tuple[BrokenBrand, ...]

    @property
    def received(self) -> int:
        """Tell how many items the answer held: a walk goes on until the sum of these reaches `count`."""
        return len(self.brands) + len(self.broken)

    @classmethod
    def read(cls, raw: object, *, items: str, page_index: int = 0) -> Self:
        """Read a page whose brands stand in `items`; one broken brand does not stop the others.

        They may also stand where the other version of the catalog has them, or without an envelope.
        """
        fields = Fields({items: raw} if isinstance(raw, list) else raw)
        brands: list[Brand] = []
        broken: list[BrokenBrand] = []
        rows = fields.required_items(next((name for name in (items, *_ENVELOPES) if fields.get(name)), items))
        for position, row in enumerate(rows):
            try:
                brands.append(Brand.read(row))
            except UnreadableAnswer as error:
                broken.append(BrokenBrand(_identification(row, position), str(error)))
        told_index = fields.optional_whole("pageindex")
        told_size = fields.optional_whole("pagesize")
        told_count = fields.optional_whole("count")
        return cls(
            page_index=page_index if told_index is None else told_index,
            page_size=len(rows) if told_size is None else told_size,
            count=len(rows) if told_count is None else told_count,
            brands=tuple(brands),
            broken=tuple(broken),
        )


def _identification(row: object, position: int) -> str:
    if isinstance(row, dict):
        lowered = {str(key).lower(): value for key, value in row.items()}
        for name in ("internalid", "name"):
            if lowered.get(name):
                return str(lowered[name])[:200]
    return f"item {position}"
