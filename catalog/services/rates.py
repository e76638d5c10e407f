"""Reads the supplier's exchange rates and hands them to the wallets, which own them."""

from django.utils import timezone
from django_subatomic.db import durable

from bamboo import limits
from bamboo.client import BambooClient
from wallets import services as wallets


@durable
def sync_rates(client: BambooClient, *, mode: str = "live") -> int:
    """Read all rates once and store them; return how many were taken. Other pairs follow through the base.

    Raises:
        BambooError: they could not be read; the stored ones stay, and age.

    """
    with limits.call("rates", mode=mode):
        # The clock before the call: a rate is at least as old as its question.
        read_at = timezone.now()
        answer = client.exchange_rates()
    return wallets.record_rates(base=answer.base.upper(), rates=answer.rates, read_at=read_at)
