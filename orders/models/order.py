"""A partner's order and its lines. An order in `created` is its own outbox: a sweep finds what no message woke."""

import uuid

from django.db import models
from django.db.models import F, Func, Q, Value

from orders import states
from steller.database import Mode, MoneyField, Recorded


class OrderType(models.TextChoices):
    """Who placed an order, and how."""

    API = "api"
    DASHBOARD = "dashboard"
    STAFF = "staff"
    BULK = "bulk"


class Order(Recorded):
    """What one partner asked for at once; its `request_id` makes it happen once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    # People read it; gaps are possible, order of creation is not promised.
    number = models.BigIntegerField(unique=True, db_default=Func(Value("orders_order_number"), function="nextval"))
    partner = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="orders")
    wallet = models.ForeignKey("wallets.Wallet", on_delete=models.PROTECT, related_name="+")
    mode = models.CharField(max_length=4, choices=Mode, default=Mode.LIVE)
    type = models.CharField(max_length=10, choices=OrderType, default=OrderType.API)
    request_id = models.UUIDField()
    # A digest of the body: the same request id with another body is refused.
    fingerprint = models.BinaryField(max_length=32)
    reference = models.CharField(max_length=100, blank=True)
    currency = models.CharField(max_length=3)
    sale_total = MoneyField()
    # What the supplier charged for it, in the currencies of the accounts summed up per line.
    supplier_total = MoneyField(null=True)
    status = models.CharField(max_length=20, choices=states.OrderStatus, default=states.OrderStatus.CREATED)
    error = models.CharField(max_length=300, blank=True)
    cancel_requested_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    retry_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="retries")

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["partner", "mode", "request_id"], name="one_order_per_request_id"),
            models.CheckConstraint(condition=Q(sale_total__gt=0), name="order_total_is_positive"),
            models.CheckConstraint(
                condition=Q(status__in=states.FINAL_ORDERS) ^ Q(settled_at__isnull=True),
                name="order_is_settled_when_final",
            ),
            # What came of it may be retried in turn; an order itself is never bought twice more.
            models.UniqueConstraint(
                fields=["retry_of"],
                condition=~Q(status__in=["failed", "cancelled"]),
                name="one_living_retry_per_order",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="orders_newest_first"),
            models.Index(fields=["partner", "-created_at", "-id"], name="orders_of_partner"),
            models.Index(fields=["partner", "status", "-created_at", "-id"], name="orders_by_status"),
            models.Index(fields=["created_at"], condition=Q(status="created"), name="orders_nobody_took_up"),
        ]
        permissions = [
            ("place_for_partner", "Can place an order for a partner"),
            ("cancel_order", "Can cancel a partner's order"),
            ("retry_order", "Can order again what failed"),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"


class OrderItem(models.Model):
    """A line: so many cards of one product at one face value, priced when the order was placed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    partner = models.ForeignKey("partners.Partner", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("bamboo.Account", on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="+")
    supplier_product_id = models.IntegerField()
    brand_code = models.CharField(max_length=100)
    brand_name = models.CharField(max_length=300, blank=True)
    product_name = models.CharField(max_length=300, blank=True)
    picture_url = models.TextField(blank=True)
    country = models.CharField(max_length=3)
    # The face value's currency; the price is in the order's, the cost in the supplier's.
    currency = models.CharField(max_length=3)
    supplier_currency = models.CharField(max_length=3)
    face_value = MoneyField()
    quantity = models.PositiveSmallIntegerField()
    unit_price = MoneyField()
    sale_amount = MoneyField()
    # Expected cost of one card, in the account's currency.
    unit_cost = MoneyField()
    # The highest cost of one card, in the supplier's price currency, that the sale price still covers.
    break_even_cost = MoneyField()
    price_parts = models.JSONField(default=dict)

    status = models.CharField(max_length=20, choices=states.LineStatus, default=states.LineStatus.WAITING)
    on_hold_reason = models.CharField(max_length=100, blank=True)
    error = models.CharField(max_length=100, blank=True)
    queued_at = models.DateTimeField(auto_now_add=True)
    # Its place in the fair order; given by the first claim that meets it, kept when the line comes back.
    turn = models.FloatField(null=True)
    claimed_at = models.DateTimeField(null=True)
    purchase = models.ForeignKey("orders.Purchase", null=True, on_delete=models.PROTECT, related_name="lines")
    delivered = models.PositiveSmallIntegerField(default=0)
    # The supplier's last word on this line is in: settlement may take it.
    decided_at = models.DateTimeField(null=True)
    supplier_amount = MoneyField(null=True)
    captured_amount = MoneyField(default=0)
    released_amount = MoneyField(default=0)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["order", "position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="one_line_per_position"),
            models.CheckConstraint(condition=Q(quantity__gte=1, quantity__lte=500), name="line_has_1_to_500_cards"),
            models.CheckConstraint(
                condition=Q(face_value__gt=0, unit_price__gt=0, sale_amount=F("unit_price") * F("quantity")),
                name="line_amount_is_price_times_quantity",
            ),
            models.CheckConstraint(condition=Q(delivered__lte=F("quantity")), name="line_gets_no_more_than_ordered"),
            models.CheckConstraint(
                condition=(
                    Q(settled_at__isnull=True, captured_amount=0, released_amount=0)
                    | Q(settled_at__isnull=False, captured_amount=F("unit_price") * F("delivered"))
                    & Q(sale_amount=F("captured_amount") + F("released_amount"))
                ),
                name="line_is_settled_whole",
            ),
            models.CheckConstraint(
                condition=Q(status__in=states.OPEN_LINES) ^ Q(settled_at__isnull=False),
                name="line_is_settled_when_final",
            ),
            models.CheckConstraint(
                condition=~Q(status="purchasing") | Q(purchase__isnull=False),
                name="purchasing_line_has_a_purchase",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "product", "turn", "id"],
                include=["quantity"],
                condition=Q(status="waiting", turn__isnull=False),
                name="lines_in_turn",
            ),
            models.Index(
                fields=["account", "queued_at"],
                condition=Q(status="waiting", turn__isnull=True),
                name="lines_without_turn",
            ),
            models.Index(
                fields=["decided_at"],
                condition=Q(status="purchasing", decided_at__isnull=False),
                name="lines_to_settle",
            ),
            models.Index(fields=["partner"], condition=Q(status="on_hold"), name="lines_on_hold"),
            models.Index(
                fields=["settled_at", "id"], condition=Q(settled_at__isnull=False), name="lines_by_settlement"
            ),
            models.Index(fields=["queued_at", "id"], condition=Q(status="on_hold"), name="lines_on_hold_by_age"),
            models.Index(
                fields=["partner", "account"],
                include=["quantity"],
                condition=Q(status="waiting"),
                name="lines_waiting_of_partner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.position}"

    @property
    def hold_reference(self) -> str:
        """The ledger's name for this line's money."""
        return f"line:{self.id}"

    def move_to(self, status: states.LineStatus) -> None:
        """Take a step of the line's life.

        Raises:
            IllegalMoveError: `states.LINE_MOVES` has no such step.

        """
        states.check_move(states.LINE_MOVES, states.LineStatus(self.status), status)
        self.status = status
