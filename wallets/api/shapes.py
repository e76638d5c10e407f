"""What is sent and answered about wallets: their fields, for reading requests and for the API's description."""

from typing import Any

from rest_framework import serializers

from steller.database import Mode
from steller.money import SMALLEST
from wallets.models import EntryKind, RequestStatus, WalletType


class WalletBody(serializers.Serializer[Any]):
    """A wallet: what may be spent, and what open orders hold."""

    id = serializers.IntegerField()
    currency = serializers.CharField()
    type = serializers.ChoiceField(choices=WalletType.choices)
    available = serializers.CharField()
    held = serializers.CharField()
    version = serializers.IntegerField(help_text="How many entries it has.")
    low_balance_threshold = serializers.CharField(
        allow_null=True, help_text="Below this you get an event and an e-mail."
    )
    is_low = serializers.BooleanField()


class WalletList(serializers.Serializer[Any]):
    """All wallets of the partner, in the mode of its key."""

    results = WalletBody(many=True)


class WalletPartner(serializers.Serializer[Any]):
    """The partner whose wallet it is."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class StaffWalletBody(WalletBody):
    """A wallet and whose it is."""

    partner = WalletPartner()
    mode = serializers.ChoiceField(choices=Mode.values)


class WalletChange(serializers.Serializer[Any]):
    """The balance below which the partner is warned, or null for no warning."""

    low_balance_threshold = serializers.DecimalField(
        max_digits=18, decimal_places=4, min_value=SMALLEST, allow_null=True
    )


class NewWallet(serializers.Serializer[Any]):
    """A further wallet for a partner; the same again is the same wallet."""

    partner_id = serializers.IntegerField()
    currency = serializers.CharField(max_length=3)
    type = serializers.ChoiceField(choices=WalletType.choices, default=WalletType.PREPAID)
    mode = serializers.ChoiceField(choices=Mode.values, default=Mode.LIVE)


class WalletFilters(serializers.Serializer[Any]):
    """Which wallets to list."""

    partner = serializers.IntegerField(required=False, help_text="A partner's id.")
    currency = serializers.CharField(required=False, max_length=3)
    type = serializers.ChoiceField(choices=WalletType.choices, required=False)
    mode = serializers.ChoiceField(choices=Mode.values, required=False)
    is_low = serializers.BooleanField(required=False, allow_null=True, default=None)


class EntryBody(serializers.Serializer[Any]):
    """One move of money: what it changed, and the balances after it."""

    id = serializers.IntegerField()
    version = serializers.IntegerField(help_text="Counts the wallet's entries, without gaps.")
    kind = serializers.ChoiceField(choices=EntryKind.choices)
    available_delta = serializers.CharField()
    held_delta = serializers.CharField()
    available_after = serializers.CharField()
    held_after = serializers.CharField()
    reference = serializers.CharField()
    reason = serializers.CharField()
    actor = serializers.CharField()
    created_at = serializers.DateTimeField()


class EntryQuery(serializers.Serializer[Any]):
    """Which entries to list."""

    kind = serializers.ChoiceField(choices=EntryKind.choices, required=False)
    reference = serializers.CharField(required=False, max_length=64, help_text="The whole reference.")
    created_after = serializers.DateTimeField(required=False)
    created_before = serializers.DateTimeField(required=False)


class MonthQuery(serializers.Serializer[Any]):
    """Which month to state."""

    month = serializers.CharField(max_length=7, help_text="As 2026-11, in UTC.")


class BalanceBody(serializers.Serializer[Any]):
    """A balance after the entry `version`."""

    version = serializers.IntegerField()
    available = serializers.CharField()
    held = serializers.CharField()


class TotalBody(serializers.Serializer[Any]):
    """What the month's entries of one kind changed together."""

    kind = serializers.ChoiceField(choices=EntryKind.choices)
    entries = serializers.IntegerField()
    available = serializers.CharField()
    held = serializers.CharField()


class EntryPageBody(serializers.Serializer[Any]):
    """A page of the month's entries, the oldest first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = EntryBody(many=True)


class StatementBody(serializers.Serializer[Any]):
    """A wallet's month; its closing balance is the next month's opening one."""

    wallet_id = serializers.IntegerField()
    currency = serializers.CharField()
    month = serializers.CharField()
    is_final = serializers.BooleanField(help_text="False while the month goes on.")
    opening = BalanceBody()
    totals = TotalBody(many=True)
    closing = BalanceBody()
    entries = EntryPageBody()


class NewTopUp(serializers.Serializer[Any]):
    """Money that was paid in, by its payment reference; the same again is the same top-up."""

    amount = serializers.DecimalField(max_digits=18, decimal_places=4, min_value=SMALLEST)
    reference = serializers.CharField(max_length=64)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class NewAdjustment(serializers.Serializer[Any]):
    """A correction of a balance, up or down; the same reference again is the same adjustment."""

    amount = serializers.DecimalField(max_digits=18, decimal_places=4, help_text="Negative takes away.")
    reference = serializers.CharField(max_length=64)
    reason = serializers.CharField(max_length=300)


class Approval(serializers.Serializer[Any]):
    """Why it is approved, if there is more to say than that it is right."""

    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class Rejection(serializers.Serializer[Any]):
    """Why it is rejected; partners read it."""

    reason = serializers.CharField(max_length=300)


class TopUpBody(serializers.Serializer[Any]):
    """A top-up: pending, approved (then its money is in the wallet) or rejected."""

    id = serializers.IntegerField()
    wallet_id = serializers.IntegerField()
    currency = serializers.CharField()
    amount = serializers.CharField()
    reference = serializers.CharField()
    note = serializers.CharField()
    status = serializers.ChoiceField(choices=RequestStatus.choices)
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_reason = serializers.CharField()


class StaffRequestBody(TopUpBody):
    """A top-up or an adjustment, whose it is, and who decided what."""

    partner = WalletPartner()
    mode = serializers.ChoiceField(choices=Mode.values)
    created_by = serializers.CharField()
    first_approved_at = serializers.DateTimeField(allow_null=True)
    first_approved_by = serializers.CharField(help_text="Set while a second person has to approve, and after it.")
    decided_by = serializers.CharField()


class TopUpFilters(serializers.Serializer[Any]):
    """Which top-ups of a wallet to list."""

    status = serializers.ChoiceField(choices=RequestStatus.choices, required=False)
    reference = serializers.CharField(required=False, max_length=64, help_text="The whole reference.")
    created_after = serializers.DateTimeField(required=False)
    created_before = serializers.DateTimeField(required=False)


class RequestFilters(TopUpFilters):
    """Which requests to list."""

    partner = serializers.IntegerField(required=False, help_text="A partner's id.")
    wallet = serializers.IntegerField(required=False, help_text="A wallet's id.")
    currency = serializers.CharField(required=False, max_length=3)
    mode = serializers.ChoiceField(choices=Mode.values, required=False)
