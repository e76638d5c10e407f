"""Tells the caller's server that an order is final: the classic callback, and the signed Svix one.

A callback never holds cards. It is sent once and not repeated when it fails, since nothing is known of the
supplier's own repetitions.
"""

import base64
import hashlib
import hmac
import json
import sqlite3
import threading
import time
import uuid
from typing import Any

import requests

from bamboo.sandbox.orders import moment_of, stamp
from bamboo.sandbox.reading import json_object
from bamboo.sandbox.settings import Mode, SandboxSettings
from bamboo.sandbox.settlement import settle_due
from bamboo.sandbox.store import Store

_LOOKS_EVERY_SECONDS = 0.1
_ANSWER_SECONDS = 5


def configured(store: Store, mode: Mode) -> dict[str, str]:
    """Return the addresses and the secret, in clear, as the supplier does."""
    row = store.row("select * from notifications where mode = ?", (mode,))
    if row is None:
        return {"notificationUrl": "", "notificationUrlSandbox": "", "secretKey": ""}
    return {
        "notificationUrl": row["url"],
        "notificationUrlSandbox": row["url_sandbox"],
        "secretKey": row["secret"],
    }


def configure(store: Store, mode: Mode, body: bytes) -> dict[str, str]:
    """Keep the addresses and the secret; an empty address switches the callbacks off."""
    raw = json_object(body)
    url, url_sandbox = str(raw.get("notificationurl") or ""), str(raw.get("notificationurlsandbox") or "")
    with store.transaction():
        store.change("delete from notifications where mode = ?", (mode,))
        if url or url_sandbox:
            store.change(
                "insert into notifications values (?, ?, ?, ?)",
                (mode, url, url_sandbox, str(raw.get("secretkey") or "")),
            )
    return configured(store, mode)


class Notifier:
    """Looks for orders that have become final, in a thread that runs only while somebody listens."""

    def __init__(self, store: Store, settings: SandboxSettings) -> None:
        """Take the store; nothing runs yet."""
        self.settings = settings
        self._store = store
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def start_if_needed(self) -> None:
        """Start the thread if an address is configured and it does not run yet."""
        with self._lock:
            if self._thread is None and self._store.row("select 1 from notifications"):
                self._thread = threading.Thread(target=self._run, name="sandbox-notifier", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop the thread and wait for it."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        with requests.Session() as session:
            while not self._stopping.wait(_LOOKS_EVERY_SECONDS):
                self.tell_all(session)

    def tell_all(self, session: requests.Session) -> None:
        """Tell of each order that has become final since the last look."""
        for order in self._final_orders():
            self._tell(session, order)

    def _final_orders(self) -> list[sqlite3.Row]:
        with self._store.transaction():
            settle_due(self._store, now=time.time())
            orders = self._store.rows("select * from orders where settled = 1 and notified = 0 order by id")
            self._store.change("update orders set notified = 1 where settled = 1 and notified = 0")
        return orders

    def _tell(self, session: requests.Session, order: sqlite3.Row) -> None:
        if not self.settings.notify:
            return
        target = configured(self._store, Mode(order["mode"]))
        url = target["notificationUrl"]
        if order["mode"] == Mode.SANDBOX:
            url = target["notificationUrlSandbox"] or url
        if url:
            body = self._body(order, target["secretKey"])
            for _ in range(2 if self.settings.notify_twice else 1):
                _post(session, url, body, {})
        if self.settings.svix_url:
            signed = {
                "eventType": "ordercompleted.v1",
                "orderId": order["id"],
                "requestId": order["request_id"],
                "status": moment_of(self._store, order, now=time.time()).status,
            }
            _post(session, self.settings.svix_url, signed, {"secret": self.settings.svix_secret})

    def _body(self, order: sqlite3.Row, secret: str) -> dict[str, Any]:
        moment = moment_of(self._store, order, now=time.time())
        status = moment.status
        return {
            "orderId": order["id"],
            "status": status[0].lower() + status[1:] if self.settings.notify_lower_case else status,
            "totalCards": moment.sold,
            "createdOn": stamp(order["accepted_at"]),
            "completedOn": stamp(order["settle_at"]),
            "secretKey": "wrong" if self.settings.notify_wrong_secret else secret,
            "requestId": order["request_id"],
        }


def _post(session: requests.Session, url: str, body: dict[str, Any], signing: dict[str, str]) -> None:
    raw = json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    if secret := signing.get("secret"):
        headers |= svix_headers(raw, secret=secret, message_id=f"msg_{uuid.uuid4().hex}", at=int(time.time()))
    try:
        session.post(url, data=raw, headers=headers, timeout=_ANSWER_SECONDS, allow_redirects=False).close()
    except requests.RequestException:
        # A listener that is away misses the callback, as with the supplier.
        return


def svix_headers(body: bytes, *, secret: str, message_id: str, at: int) -> dict[str, str]:
    """Sign a body the Svix way."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{at}.".encode() + body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {"svix-id": message_id, "svix-timestamp": str(at), "svix-signature": f"v1,{signature}"}
