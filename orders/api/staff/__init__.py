"""Orders, the review list and the supplier's limits for our staff, below `/api/staff/`."""

from orders.api.staff.limits import (
    BreakerCloseView,
    CallsResumeView,
    CallsStopView,
    FloatLimitLiftView,
    LimitsView,
)
from orders.api.staff.orders import (
    StaffCancelView,
    StaffOrdersView,
    StaffOrderView,
    StaffRetryView,
    StaffRevealView,
    SupplierView,
)
from orders.api.staff.review import (
    AssignView,
    CloseView,
    FailLineView,
    NotBoughtView,
    NotComingView,
    ReadAgainView,
    RefundView,
    ReleaseLineView,
    ReviewCardsView,
    ReviewLinesView,
    ReviewPurchasesView,
    ReviewView,
    WriteOffView,
)

__all__ = [
    "AssignView",
    "BreakerCloseView",
    "CallsResumeView",
    "CallsStopView",
    "CloseView",
    "FailLineView",
    "FloatLimitLiftView",
    "LimitsView",
    "NotBoughtView",
    "NotComingView",
    "ReadAgainView",
    "RefundView",
    "ReleaseLineView",
    "ReviewCardsView",
    "ReviewLinesView",
    "ReviewPurchasesView",
    "ReviewView",
    "StaffCancelView",
    "StaffOrderView",
    "StaffOrdersView",
    "StaffRetryView",
    "StaffRevealView",
    "SupplierView",
    "WriteOffView",
]
