"""Writing reports as JSON: the fields that `report_shapes` describes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bamboo.models import Account
from orders.api.report_shapes import BudgetRow, FailureToday, QueueBody
from orders.models import ExportStatus, ReportExport
from orders.queries.overview import Overview
from orders.queries.reports import Summary
from steller.money import display, to_ledger
from wallets.queries import Liability


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else display(amount)


def sales_row(row: Mapping[str, Any]) -> dict[str, object]:
    """Write a row of `reports.sales`."""
    cost = None if row["cost"] is None else to_ledger(row["cost"])
    return {
        "key": str(row["key"]),
        "name": row.get("label"),
        "currency": row["sale_currency"],
        "orders": row["orders"],
        "lines": row["lines"],
        "cards_ordered": row["ordered"],
        "cards_delivered": row["cards"],
        "sale_amount": display(row["sale_amount"]),
        "supplier_cost": display(row["supplier_cost"]),
        "supplier_currency": row["cost_currency"],
        "cost": _amount(cost),
        "margin": None if cost is None else display(row["sale_amount"] - cost),
    }


def failure_row(row: Mapping[str, Any]) -> dict[str, object]:
    """Write a row of `reports.failures`."""
    return {
        "error": row["error"],
        "status": row["status"],
        "currency": row["sale_currency"],
        "lines": row["lines"],
        "orders": row["orders"],
        "cards_missing": row["missing"],
        "released": display(row["released"]),
    }


def liability_row(owed: Liability) -> dict[str, object]:
    """Write what we owe in one currency."""
    return {
        "currency": owed.currency,
        "wallets": owed.wallets,
        "available": display(owed.available),
        "held": display(owed.held),
        "total": display(owed.total),
    }


def account_row(account: Account) -> dict[str, object]:
    """Write an account of `reports.accounts`."""
    annotated: Any = account
    return {
        "account": account.supplier_id,
        "currency": account.currency,
        "is_active": account.is_active,
        "balance": display(account.balance),
        "float_limit": _amount(account.float_limit),
        "open_cost": display(annotated.open_cost),
        "purchases": annotated.purchases,
        "cards": annotated.cards,
        "cost": display(annotated.cost),
        "read_at": account.read_at,
    }


def summary_body(summary: Summary) -> dict[str, object]:
    """Write a period's summary."""
    return {
        "totals": [
            {
                "currency": total.currency,
                "orders": total.orders,
                "cards": total.cards,
                "sale_amount": display(total.sale_amount),
                "cost": _amount(total.cost),
                "margin": _amount(total.margin),
            }
            for total in summary.totals
        ],
        "orders_by_status": summary.orders_by_status,
        "order_success_rate": summary.order_success_rate,
        "card_success_rate": summary.card_success_rate,
        "delivery_seconds": summary.delivery_seconds,
    }


def overview_body(seen: Overview) -> dict[str, object]:
    """Write the overview."""
    return {
        "at": seen.at,
        "days": [
            {
                "day": day.day,
                "currency": day.currency,
                "orders": day.orders,
                "cards": day.cards,
                "revenue": display(day.revenue),
                "margin": _amount(day.margin),
            }
            for day in seen.days
        ],
        "queue": QueueBody(seen.queue).data,
        "failures_today": FailureToday(seen.failures_today, many=True).data,
        "reviews": seen.attention.reviews,
        "differences": seen.attention.differences,
        "accounts": [account_row(account) for account in seen.accounts],
        "liabilities": [liability_row(owed) for owed in seen.liabilities],
        "budgets": BudgetRow(seen.budgets, many=True).data,
        "checkouts_last_minute": seen.checkouts_last_minute,
    }


def export_body(export: ReportExport) -> dict[str, object]:
    """Write an export, without its content."""
    return {
        "id": export.pk,
        "report": export.report,
        "mode": export.mode,
        "parameters": export.parameters,
        "requested_by": export.requested_by,
        "status": export.status,
        "rows_done": export.rows_done,
        "rows_total": export.rows_total,
        "size": export.size,
        "error": export.error or None,
        "created_at": export.created_at,
        "finished_at": export.finished_at,
        "expires_at": export.expires_at,
        "file": f"/api/staff/report/export/{export.pk}/file" if export.status == ExportStatus.DONE else None,
    }
