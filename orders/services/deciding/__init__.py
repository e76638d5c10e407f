"""What a person decides when the supplier's answers do not: each decision has a reason and an entry in the audit log.

All follow one pattern. The state is looked at again under the row's lock, so that a reader, a claim or another person
may come first; a decision made twice changes nothing the second time. Locks are taken in the order of all others:
purchase, lines by id, order, wallet.
"""

from orders.services.deciding.lines import fail_line, release_line
from orders.services.deciding.not_bought import declare_not_bought
from orders.services.deciding.not_coming import declare_not_coming
from orders.services.deciding.refunds import refund_card
from orders.services.deciding.reviews import close_review, read_again
from orders.services.deciding.seconding import Decided
from orders.services.deciding.stock import assign_cards, write_off_cards

__all__ = [
    "Decided",
    "assign_cards",
    "close_review",
    "declare_not_bought",
    "declare_not_coming",
    "fail_line",
    "read_again",
    "refund_card",
    "release_line",
    "write_off_cards",
]
