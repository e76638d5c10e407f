"""What the imitation plans for an order: when each card and the order itself move."""

import pytest

from bamboo.sandbox.faults import ACCEPT, BEFORE, LIFE, Fault, Faults, Stage, fault_from, stage_of
from bamboo.sandbox.lifecycle import NEVER, plan
from bamboo.sandbox.settings import ErrorStyle, SandboxSettings

SETTINGS = SandboxSettings(created_ms=100, issue_after_ms=1000)
LINES = [(7, 2), (8, 3)]


def planned(*faults, settings=SETTINGS):
    return plan(lines=LINES, settings=settings, faults=faults)


class TestAPlan:
    def test_without_settings_sells_everything_at_once(self):
        made = planned(settings=SandboxSettings())

        assert (made.script.final_ms, made.settle_ms, {card.sold_ms for card in made.cards}) == (0, 0, {0})

    def test_passes_through_created_and_processing(self):
        script = planned().script

        moments = [script.status(elapsed, paused=False) for elapsed in (0, 99, 100, 999, 1000)]

        assert moments == ["Created", "Created", "Processing", "Processing", "Succeeded"]

    def test_hands_cards_over_one_by_one_when_they_drip(self):
        made = planned(settings=SETTINGS.changed({"drip": True}))

        assert [card.sold_ms for card in made.cards] == [280, 460, 640, 820, 1000]

    def test_with_a_part_that_failed_is_partial(self):
        made = planned(Fault("partial", product_id=8, cards=2))

        assert [card.sold_ms is None for card in made.cards] == [False, False, True, True, False]
        assert made.script.final_status == "PartialFailed"

    def test_with_nothing_left_has_failed(self):
        made = planned(Fault("failed"))

        assert ({card.failed_ms for card in made.cards}, made.script.final_status) == ({1000}, "Failed")

    def test_can_be_slow(self):
        made = planned(Fault("partial"), Fault("slow_order", delay=2))

        assert (made.script.final_ms, made.cards[0].failed_ms, made.cards[1].sold_ms) == (3000, 3000, 3000)

    def test_can_be_without_end(self):
        assert planned(Fault("never_final")).settle_ms == NEVER

    def test_can_deliver_after_it_succeeded(self):
        made = planned(Fault("partial"), Fault("late_cards", delay=4))

        assert (made.script.final_ms, made.settle_ms, made.cards[0].sold_ms) == (1000, 5000, None)

    def test_is_pending_while_a_card_is_paused(self):
        made = planned(Fault("paused_card", delay=10))

        assert made.script.status(5000, paused=True) == "Pending"
        assert [card.sold_ms for card in made.cards] == [11000, 1000, 1000, 1000, 1000]
        assert made.script.final_ms == 11000

    def test_can_sell_a_card_without_its_code_for_a_while_or_for_ever(self):
        assert planned(Fault("sold_without_code", delay=3)).cards[0].code_ms == 4000
        assert planned(Fault("sold_without_code")).cards[0].code_ms == NEVER

    def test_can_leave_cards_out_and_call_it_a_success(self):
        made = planned(Fault("missing_cards", cards=2))

        assert (len(made.cards), made.script.final_status) == (3, "Succeeded")

    def test_can_hide_charge_too_much_repeat_a_code_and_be_odd(self):
        made = planned(
            Fault("hide_order", delay=9), Fault("overcharge"), Fault("repeated_code"), Fault("unknown_status", delay=1)
        )

        assert (made.script.hidden_until_ms, made.script.surcharge_percent) == (9000, 10)
        assert [card.repeats_code for card in made.cards] == [True, False, False, False, False]
        assert made.script.status(500, paused=False) == "CheckingOut"


class TestFaults:
    def test_strike_as_often_as_ordered_and_are_gone(self):
        faults = Faults()
        faults.add(Fault("500", times=2))

        struck = [len(faults.strike(Stage.BEFORE, "checkout")) for _ in range(3)]

        assert (struck, faults.all()) == ([1, 1, 0], [])

    def test_may_strike_for_ever(self):
        faults = Faults()
        fault = faults.add(Fault("500", times=None))

        struck = [len(faults.strike(Stage.BEFORE, "checkout")) for _ in range(5)]

        assert (struck, fault.struck) == ([1] * 5, 5)

    def test_may_let_some_calls_pass_first(self):
        faults = Faults()
        faults.add(Fault("refuse", skip=2))

        assert [len(faults.strike(Stage.BEFORE, "checkout")) for _ in range(4)] == [0, 0, 1, 0]

    def test_strike_only_what_they_are_meant_for(self):
        faults = Faults()
        faults.add(Fault("refuse", product_id=7))
        faults.add(Fault("503", endpoint="any"))

        struck = faults.strike(Stage.BEFORE, "order")

        assert [each.fault for each in struck] == ["503"]
        assert faults.strike(Stage.BEFORE, "checkout", [8]) == []
        assert [each.fault for each in faults.strike(Stage.BEFORE, "checkout", [8, 7])] == ["refuse"]

    def test_of_an_orders_life_strike_together(self):
        faults = Faults()
        faults.add(Fault("late_cards"))
        faults.add(Fault("overcharge"))

        assert len(faults.strike(Stage.LIFE, "checkout")) == 2

    def test_can_be_cancelled_one_by_one_or_all(self):
        faults = Faults()
        first = faults.add(Fault("500"))
        second = faults.add(Fault("503"))
        third = faults.add(Fault("504"))

        faults.clear(second.id)
        left = faults.all()
        faults.clear()

        assert (left, faults.all()) == ([first, third], [])

    @pytest.mark.parametrize("name", ["", "explode", "200", "299", "600"])
    def test_must_be_known(self, name):
        with pytest.raises(ValueError, match="unknown fault"):
            Faults().add(Fault(name))

    def test_have_one_stage_each(self):
        stages = {name: stage_of(name) for name in (*BEFORE, *ACCEPT, *LIFE, "300", "599")}

        assert (stages["slow"], stages["accept_then_drop"], stages["partial"]) == (
            Stage.BEFORE,
            Stage.ACCEPT,
            Stage.LIFE,
        )
        assert (stages["300"], stages["599"]) == (Stage.BEFORE, Stage.BEFORE)

    def test_are_read_from_json_strictly(self):
        fault = fault_from({"fault": "429", "times": None, "delay": 3, "product_id": "7"})

        assert (fault.times, fault.delay, fault.product_id) == (None, 3.0, 7)
        with pytest.raises(ValueError, match="unknown fields: time"):
            fault_from({"fault": "429", "time": 5})


class TestSettings:
    def test_change_by_name(self):
        changed = SETTINGS.changed({"error_style": "problem", "limit_scale": 5, "drip": True, "page_cap": 20})

        assert (changed.error_style, changed.limit_scale, changed.drip, changed.page_cap) == (
            ErrorStyle.PROBLEM,
            5.0,
            True,
            20,
        )

    @pytest.mark.parametrize(
        "values", [{"nonsense": 1}, {"drip": 1}, {"page_cap": "ten"}, {"limit_scale": True}, {"error_style": "odd"}]
    )
    def test_refuse_what_they_do_not_know(self, values):
        with pytest.raises(ValueError, match=r"\w"):
            SETTINGS.changed(values)
