"""What a partner spends: by day for the chart, and how long a wallet lasts at that rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import cached_property

from django.utils import timezone

from orders import queries as orders
from steller.money import round_half_up

DAYS = 30
_WIDTH, _NARROW, _HEIGHT, _LEFT, _RIGHT, _BOTTOM, _TOP = 720, 340, 200, 48, 18, 24, 10
_GRID_LINES = 4
_COUNT_STEPS = (1, 2, 3, 5, 10)
_ROUND_STEPS = (1, 2, 4, 6, 8, 10)
# A wallet that lasts less than this is running low.
_ENOUGH_DAYS = 7


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the chart: its place in the drawing, rounded to what a screen can show."""

    day: date
    amount: Decimal
    x: float
    y: float
    width: float
    height: float
    hit_x: float
    hit_width: float


@dataclass(frozen=True)
class Chart:
    """A bar for each of the last days, drawn by the server: no script, no style attribute.

    `currency` is what is counted; `counts` are whole numbers, everything else is money.
    """

    currency: str
    days: Sequence[tuple[date, Decimal]]
    width: int = _WIDTH
    height: int = _HEIGHT
    left: int = _LEFT
    counts: bool = False

    @classmethod
    def nothing(cls, currency: str) -> "Chart":
        """Draw a row of days on which nothing was."""
        return cls(currency, [(day, Decimal(0)) for day in _last_days()])

    @property
    def narrow(self) -> "Chart":
        """The same for a phone: as many bars, on half the width."""
        return replace(self, width=_NARROW)

    @cached_property
    def top(self) -> Decimal:
        """The amount at the upper edge: a round one, that four lines divide."""
        most = max(amount for _, amount in self.days)
        return _round_count(most) if self.counts else _round_top(most)

    @property
    def total(self) -> Decimal:
        """The sum of all days."""
        return sum((amount for _, amount in self.days), Decimal(0))

    @property
    def bars(self) -> list[Bar]:
        """One for each day; a day without orders has a hair's breadth."""
        step = (self.width - _LEFT - _RIGHT) / len(self.days)
        bars = []
        for index, (day, amount) in enumerate(self.days):
            height = max(float(amount / self.top) * self._room, 1.5)
            left = _LEFT + index * step
            bars.append(
                Bar(
                    day,
                    amount,
                    x=round(left + step * 0.16, 1),
                    y=round(_TOP + self._room - height, 1),
                    width=round(step * 0.68, 1),
                    height=round(height, 1),
                    hit_x=round(left, 1),
                    hit_width=round(step, 1),
                )
            )
        return bars

    @property
    def grid(self) -> list[tuple[float, Decimal]]:
        """Heights of the lines that are drawn across, each with its amount."""
        parts = [Decimal(index) / _GRID_LINES for index in range(_GRID_LINES + 1)]
        return [(round(_TOP + self._room * (1 - float(part)), 1), self.top * part) for part in parts]

    @property
    def labels(self) -> list[tuple[float, date]]:
        """The days that are written below, the last one among them, as far apart as the width asks."""
        return [
            (round(bar.x + bar.width / 2, 1), bar.day) for bar in self.bars[::-1][:: 7 if self.width == _WIDTH else 9]
        ]

    _room = _HEIGHT - _BOTTOM - _TOP


@dataclass(frozen=True, slots=True)
class Spending:
    """What each currency's orders cost, day by day."""

    days: Mapping[str, Sequence[tuple[date, Decimal]]]

    def chart(self, currency: str) -> Chart:
        """Draw one currency; a currency without orders is a row of nothing."""
        return Chart(currency, self.days[currency]) if self.days.get(currency) else Chart.nothing(currency)

    def a_day(self, currency: str) -> Decimal:
        """Return the mean of the last days."""
        days = self.days.get(currency, ())
        return round_half_up(sum((amount for _, amount in days), Decimal(0)) / DAYS, 2)

    def days_left(self, *, available: Decimal, currency: str) -> int | None:
        """Return how many days the balance lasts at this rate; None when nothing is spent."""
        rate = self.a_day(currency)
        return int(available / rate) if rate else None

    def is_running_low(self, *, available: Decimal, currency: str) -> bool:
        """Tell whether the balance lasts for less than a week at this rate."""
        left = self.days_left(available=available, currency=currency)
        return left is not None and left < _ENOUGH_DAYS


def spending_of(*, partner_id: int, mode: str) -> Spending:
    """Read the last thirty days, today among them. One query."""
    days = _last_days()
    since = timezone.make_aware(datetime.combine(days[0], time.min))
    costs: dict[str, dict[date, Decimal]] = {}
    for day, currency, cost in orders.spending(partner_id=partner_id, mode=mode, since=since):
        costs.setdefault(currency, {})[day] = cost
    return Spending(
        {currency: [(day, spent.get(day, Decimal(0))) for day in days] for currency, spent in costs.items()}
    )


def _last_days() -> list[date]:
    today = timezone.localdate()
    return [today - timedelta(days=DAYS - 1 - index) for index in range(DAYS)]


def _round_top(most: Decimal) -> Decimal:
    if most <= 0:
        return Decimal(100)
    power = Decimal(10) ** most.adjusted()
    factor = (most / power).to_integral_value(rounding=ROUND_CEILING)
    return power * next(
        step for step in (Decimal(1), Decimal(2), Decimal(4), Decimal(6), Decimal(8), Decimal(10)) if step >= factor
    )


def _round_count(most: Decimal) -> Decimal:
    """Return the least upper edge whose four lines are whole numbers."""
    line = max((most / _GRID_LINES).to_integral_value(rounding=ROUND_CEILING), Decimal(1))
    power = Decimal(10) ** line.adjusted()
    return _GRID_LINES * next(power * step for step in _COUNT_STEPS if power * step >= line)
