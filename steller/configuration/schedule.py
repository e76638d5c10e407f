"""What beat asks for, how often, and by when it is worthless.

What runs each second is not kept by the broker either (`delivery_mode` 1). What runs seldom keeps to the clock, so that
beat needs no file of its own.
"""

from typing import Any

from celery.schedules import crontab


def _tick(mode: str) -> dict[str, Any]:
    options = {"expires": 2, "delivery_mode": 1}
    return {"task": "purchasing.tick", "schedule": 1.0, "kwargs": {"mode": mode}, "options": options}


SCHEDULE: dict[str, dict[str, Any]] = {
    # One for each pair of credentials: a supplier that hangs on test orders keeps no live order waiting.
    "tick": _tick("live"),
    "tick of test orders": _tick("test"),
    "requeue": {"task": "orders.requeue", "schedule": 60.0, "options": {"expires": 60}},
    "bulk": {"task": "orders.place_bulk", "schedule": 3.0, "options": {"expires": 6, "delivery_mode": 1}},
    "catalog": {"task": "catalog.sync", "schedule": crontab(minute="2,32"), "options": {"expires": 1800}},
    "errands": {"task": "orders.find_errands", "schedule": 60.0, "options": {"expires": 60}},
    "reconciliation": {
        "task": "orders.reconcile_nightly",
        "schedule": crontab(minute="23", hour="3-6"),
        "options": {"expires": 3600},
    },
    "balances": {"task": "wallets.notice_low_balances", "schedule": 60.0, "options": {"expires": 60}},
    "seal": {"task": "wallets.seal_ledger", "schedule": crontab(hour="0", minute="23"), "options": {"expires": 3600}},
    "rates": {"task": "catalog.sync_rates", "schedule": crontab(minute="17"), "options": {"expires": 3600}},
    "deliver": {"task": "partners.deliver", "schedule": 1.0, "options": {"expires": 2, "delivery_mode": 1}},
    "emails": {"task": "partners.send_emails", "schedule": 5.0, "options": {"expires": 5, "delivery_mode": 1}},
    "hints": {"task": "catalog.refresh_hinted", "schedule": 15.0, "options": {"expires": 15}},
    "forget": {"task": "partners.forget_old", "schedule": crontab(hour="3", minute="41"), "options": {"expires": 3600}},
}
