"""A person's cart: filled, changed, emptied, and ordered once however often the button is pressed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django_subatomic.db import transaction

from catalog import queries as catalog
from catalog.queries import LineRequest
from orders.models import Cart, CartLine, Order, OrderType
from orders.services import placement
from orders.services.placement import MAX_LINE_CARDS, MAX_LINES, OrderRequest
from steller.errors import InvalidRequestError, OrderTooLargeError, ProductUnknownError, QuantityInvalidError

LONGEST_REFERENCE = 100
_LARGEST_FACE_VALUE = Decimal(10) ** 9


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who orders: a person, for a partner."""

    user_id: int
    partner_id: int
    mode: str
    actor: str


def add_line(*, user_id: int, line: LineRequest, price: Decimal | None = None, currency: str = "") -> None:
    """Put cards into the cart, onto the line of the same card if there is one; `price` is what one was seen to cost.

    Raises:
        InvalidRequestError: the face value is no amount.
        ProductUnknownError: there is no such product.
        QuantityInvalidError: a line would have fewer than 1 or more than 500 cards.
        OrderTooLargeError: the cart has as many lines as an order takes.

    """
    if not line.face_value.is_finite() or not 0 < line.face_value <= _LARGEST_FACE_VALUE:
        raise InvalidRequestError("Give a face value.")
    if not catalog.every_product().filter(pk=line.product_id).exists():
        raise ProductUnknownError("There is no such product.")
    with transaction():
        cart = _locked(user_id)
        same = cart.lines.filter(product=line.product_id, face_value=line.face_value).first()
        if same is None and cart.lines.count() >= MAX_LINES:
            raise OrderTooLargeError(f"The cart is full with {MAX_LINES} lines: order it first.")
        quantity = _sound(line.quantity + (same.quantity if same else 0))
        cart.lines.update_or_create(
            product_id=line.product_id,
            face_value=line.face_value,
            defaults={"quantity": quantity, "seen_price": price, "seen_currency": currency},
        )
        _changed(cart)


def set_quantity(*, user_id: int, line_id: int, quantity: int) -> None:
    """Change a line's number of cards; 0 removes it. A line that is not there any more is no error.

    Raises:
        QuantityInvalidError: more than 500 cards, or fewer than none.

    """
    with transaction():
        cart = _locked(user_id)
        line = cart.lines.filter(pk=line_id)
        if quantity == 0:
            line.delete()
        else:
            line.update(quantity=_sound(quantity))
        _changed(cart)


def empty(*, user_id: int) -> None:
    """Remove every line."""
    with transaction():
        cart = _locked(user_id)
        cart.lines.all().delete()
        _changed(cart)


def pay_from(*, user_id: int, currency: str) -> None:
    """Choose the wallet by its currency."""
    with transaction():
        cart = _locked(user_id)
        cart.currency = currency
        _changed(cart)


def order_cart(
    *, buyer: Buyer, request_id: uuid.UUID, currency: str, expected_total: Decimal, reference: str = ""
) -> Order:
    """Order what is in the cart at the price that was shown, or return the order that this page made before.

    The order is placed first and the cart emptied after: a crash between leaves a cart whose request id has its
    order, which `ordered_already` finds.

    Raises:
        DomainError: one of the refusals of placing an order; the cart stays as it is.

    """
    order = ordered_already(buyer=buyer, request_id=request_id)
    if order is not None:
        return order
    placed = placement.place_order(
        partner_id=buyer.partner_id,
        mode=buyer.mode,
        request=OrderRequest(
            request_id,
            currency,
            _lines(buyer.user_id, request_id),
            expected_total=expected_total,
            reference=_printable(reference),
        ),
        actor=buyer.actor,
        type=OrderType.DASHBOARD,
    )
    _forget(user_id=buyer.user_id, request_id=request_id)
    return placed.order


def ordered_already(*, buyer: Buyer, request_id: uuid.UUID) -> Order | None:
    """Return the order that this cart made before, if there is one, and empty the cart that a crash left full."""
    order = Order.objects.filter(partner=buyer.partner_id, mode=buyer.mode, request_id=request_id).first()
    if order is not None:
        _forget(user_id=buyer.user_id, request_id=request_id)
    return order


def _forget(*, user_id: int, request_id: uuid.UUID) -> None:
    with transaction():
        cart = _locked(user_id)
        if cart.request_id == request_id:
            cart.lines.all().delete()
            _changed(cart)


def _lines(user_id: int, request_id: uuid.UUID) -> tuple[LineRequest, ...]:
    with transaction():
        if _locked(user_id).request_id != request_id:
            raise InvalidRequestError("The cart has changed since this page was shown. Please look at it again.")
        rows: Sequence[CartLine] = list(CartLine.objects.filter(cart=user_id))
    return tuple(LineRequest(row.product_id, row.face_value, row.quantity) for row in rows)


def _printable(reference: str) -> str:
    """Return a reference as the API takes one: one line, of a limited length."""
    return " ".join("".join(each if each.isprintable() else " " for each in reference).split())[:LONGEST_REFERENCE]


def _locked(user_id: int) -> Cart:
    cart, _ = Cart.objects.get_or_create(user_id=user_id)
    return Cart.objects.select_for_update().get(pk=cart.pk)


def _changed(cart: Cart) -> None:
    cart.request_id = uuid.uuid4()
    cart.save()


def _sound(quantity: int) -> int:
    if not 1 <= quantity <= MAX_LINE_CARDS:
        raise QuantityInvalidError(f"A line takes 1 to {MAX_LINE_CARDS} cards.")
    return quantity
