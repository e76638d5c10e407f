"""Runs of the synchronisation: recorded with what they did and the supplier's answers, and asked for by staff."""

import zlib
from typing import Any

import pytest
from django.utils import timezone

from bamboo import conf
from bamboo.errors import BambooError
from catalog import services, tasks
from catalog.models import Brand, Country, RawPage, SyncRun
from partners.models import AuditEntry
from tests.integration.catalog.supplier import Pages, Sandbox, brand, page, product

pytestmark = pytest.mark.django_db


@pytest.fixture
def supplier() -> Pages:
    return Pages(*[page(brand("A", product(1)), count=1)] * 9)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Catch what is published; there is no broker here."""
    messages: list[Any] = []
    monkeypatch.setattr(
        "celery_app.app.send_task", lambda name, kwargs, **_options: messages.append((name, kwargs["run_id"]))
    )
    return messages


class TestARun:
    def test_records_what_it_did(self) -> None:
        services.sync_catalog(Sandbox(brands=150).client, trigger="command", actor="system:command")

        run = SyncRun.objects.get()
        assert (run.status, run.trigger, run.actor, run.version) == ("succeeded", "command", "system:command", 2)
        assert (run.pages, run.brands, run.error) == (2, 150, "")
        assert run.inserted > 400
        assert run.started_at is not None
        assert run.finished_at is not None

    def test_keeps_each_answer_as_it_came(self, supplier: Pages) -> None:
        services.sync_catalog(supplier.client)

        kept = {(row.kind, row.index): row for row in RawPage.objects.all()}
        assert set(kept) == {("categories", 0), ("countries", 0), ("catalog", 0)}
        body = zlib.decompress(kept["catalog", 0].body)
        assert b'"internalId": "A"' in body
        assert kept["catalog", 0].size == len(body)

    def test_keeps_the_answers_of_the_last_three_runs(self, supplier: Pages) -> None:
        for _ in range(5):
            services.sync_catalog(supplier.client)

        assert SyncRun.objects.count() == 5
        latest = SyncRun.objects.order_by("-pk").values_list("pk", flat=True)[:3]
        assert set(RawPage.objects.values_list("run", flat=True)) == set(latest)

    def test_that_fails_says_why_and_keeps_the_answer_nobody_could_read(self) -> None:
        with pytest.raises(BambooError):
            services.sync_catalog(Pages({"items": "none"}, {"items": 1}, {"message": "maintenance"}).client)

        run = SyncRun.objects.get()
        assert (run.status, run.error) == ("failed", "unreadable_answer")
        assert [zlib.decompress(row.body) for row in RawPage.objects.filter(kind="catalog")][-1].startswith(
            b'{"message"'
        )

    def test_that_was_killed_is_closed_by_the_next(self, supplier: Pages) -> None:
        SyncRun.objects.create(trigger="beat", actor="system:beat", status="running", started_at=timezone.now())

        services.sync_catalog(supplier.client)

        new, killed = SyncRun.objects.all()
        assert (killed.status, killed.error) == ("failed", "interrupted")
        assert new.status == "succeeded"


class TestCountries:
    def test_have_the_supplier_s_names_and_a_row_for_each_code_of_a_brand(self) -> None:
        supplier = Pages(page(brand("A", product(1)), brand("B", product(2), countryCode="xk"), count=2))

        services.sync_catalog(supplier.client)

        assert list(Country.objects.values_list("code", "name")) == [("US", "United States"), ("XK", "XK")]
        assert Brand.objects.get(supplier_id="B").country == "XK"

    def test_are_not_needed(self, supplier: Pages) -> None:
        supplier.countries = 500

        services.sync_catalog(supplier.client)

        assert SyncRun.objects.get().status == "succeeded"
        assert Country.objects.get().name == "US"


class TestARequest:
    def ask(self) -> SyncRun:
        return services.request_sync(actor="user:7", trigger="staff", reason="New brands are in")

    def test_stands_in_the_database_and_wakes_a_worker(self, sent: list[Any]) -> None:
        run = self.ask()

        assert sent == [("catalog.sync", run.pk)]
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.actor, entry.reason) == ("catalog.sync", "user:7", "New brands are in")

    def test_that_waits_is_not_repeated(self, sent: list[Any]) -> None:
        assert self.ask().pk == self.ask().pk
        assert len(sent) == 2
        assert AuditEntry.objects.count() == 1

    def test_is_served_once_however_often_the_message_comes(
        self, sent: list[Any], supplier: Pages, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(conf, "client", lambda _mode: supplier.client)
        run = self.ask()

        for _ in range(2):
            tasks.sync(run_id=run.pk)

        run = SyncRun.objects.get()
        assert (run.status, run.trigger, run.actor) == ("succeeded", "staff", "user:7")

    def test_whose_message_was_lost_is_served_by_the_clock(self, sent: list[Any], supplier: Pages) -> None:
        run = self.ask()

        services.sync_catalog(supplier.client)

        assert SyncRun.objects.get() == run

    def test_that_came_during_a_run_is_woken_after_it(self, sent: list[Any], supplier: Pages) -> None:
        asked: list[SyncRun] = []
        answer = supplier._answer

        def asked_meanwhile(path: str, query: Any) -> Any:
            if not asked:
                asked.append(self.ask())
            return answer(path, query)

        supplier._answer = asked_meanwhile  # type: ignore[method-assign]
        services.sync_catalog(supplier.client)

        assert SyncRun.objects.get(pk=asked[0].pk).status == "queued"
        assert sent[-1] == ("catalog.sync", asked[0].pk)

    def test_stands_without_a_broker(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def away(*_args: Any, **_options: Any) -> None:
            raise OSError

        monkeypatch.setattr("celery_app.app.send_task", away)

        assert self.ask().status == "queued"
