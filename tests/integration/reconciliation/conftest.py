"""A shop whose supplier's books are compared with ours. Purchases grow old, so that nothing is a matter of timing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from orders.models import Purchase, Reconciliation
from orders.services import reconciling
from tests.shop import Shop, Supplier


@dataclass
class Books:
    """Our side and the supplier's, and the run between them."""

    shop: Shop

    def defect(self, defect, purchase=None, **options):
        if purchase is not None:
            options["request_id"] = str(purchase.supplier_request_id)
        answer = self.shop.supplier.control.post("/_control/defects", json={"defect": defect, **options})
        assert answer.status_code < 300, answer.text

    def repair(self):
        assert self.shop.supplier.control.delete("/_control/defects").status_code < 300

    def age(self, hours=8):
        """Make all purchases so old that their charges must be reported."""
        Purchase.objects.update(settled_at=datetime.now(UTC) - timedelta(hours=hours))

    def run(self, *, days=2):
        today = datetime.now(UTC).date()
        run = reconciling.request_reconciliation(
            mode="live", first_day=today - timedelta(days=days), last_day=today, actor="user:1"
        )
        done = reconciling.reconcile(client=self.shop.supplier.client, run_id=run.pk)
        assert done is not None
        return Reconciliation.objects.get(pk=run.pk)

    def unexplained(self, run):
        return {figure.currency: figure.unexplained for figure in run.figures.all()}

    def found(self, run):
        return [(row.kind, row.amount) for row in run.differences.filter(cleared_at=None).order_by("kind", "amount")]


@pytest.fixture
def supplier(settings):
    settings.BAMBOO_LIMITS = {}
    return Supplier()


@pytest.fixture
def books(db, supplier):
    return Books(Shop(supplier).open())


@pytest.fixture
def purchases(books):
    """Three purchases of different totals, settled some hours ago."""
    partner = books.shop.partner()
    for product in books.shop.products(3):
        books.shop.order(partner, (product, 2))
        books.shop.work()
    books.age()
    found = list(Purchase.objects.order_by("created_at"))
    assert len({each.total for each in found}) == 3
    return found
