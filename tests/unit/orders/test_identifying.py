"""A card is stored once, however the supplier names it: by an id, by none, or by one that others have too."""

from bamboo.schemas import Card, CardStatus
from orders.services.identifying import code_index, ids_to_store


def card(number, code, *, serial="s", pin=None):
    return Card(id=number, serial_number=serial, card_code=code, pin=pin, expires_at=None, status=CardStatus.SOLD)


def stored(*pairs):
    return {number: code_index(each) for number, each in pairs}


class TestIdsToStore:
    def test_are_the_suppliers_own(self):
        assert ids_to_store([card(7, "a"), card(8, "b")], known={}) == [7, 8]

    def test_are_made_up_below_zero_where_it_gives_none(self):
        first, second = ids_to_store([card(0, "a"), card(0, "b")], known={})
        assert first < 0
        assert second < 0
        assert first != second
        assert ids_to_store([card(0, "b"), card(0, "a")], known={}) == [second, first]

    def test_tell_cards_apart_that_share_an_id(self):
        cards = [card(7, "a"), card(7, "b")]
        made_up = ids_to_store(cards, known={})
        assert len(set(made_up)) == 2
        assert max(made_up) < 0

    def test_tell_cards_apart_that_differ_in_their_pin_only(self):
        assert len(set(ids_to_store([card(0, "a", pin="1"), card(0, "a", pin="2")], known={}))) == 2

    def test_are_the_same_for_a_card_that_is_listed_twice(self):
        assert ids_to_store([card(7, "a"), card(7, "a")], known={}) == [7, 7]
        assert len(set(ids_to_store([card(0, "a"), card(0, "a")], known={}))) == 1

    def test_stay_when_another_card_turns_up_under_the_same_id(self):
        known = stored((7, card(7, "a")))
        again, other = ids_to_store([card(7, "a"), card(7, "b")], known=known)
        assert again == 7
        assert other < 0

    def test_stay_when_the_id_appears_or_disappears_between_two_reads(self):
        (made_up,) = ids_to_store([card(0, "a")], known={})
        assert ids_to_store([card(9, "a")], known=stored((made_up, card(0, "a")))) == [made_up]
        assert ids_to_store([card(0, "a")], known=stored((9, card(9, "a")))) == [9]

    def test_stay_when_the_pin_comes_later(self):
        (made_up,) = ids_to_store([card(0, "a")], known={})
        assert ids_to_store([card(0, "a", pin="1")], known=stored((made_up, card(0, "a")))) == [made_up]
