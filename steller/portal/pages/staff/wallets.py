"""A wallet of a partner: its entries, and its money moved by our staff, which is stated before it happens."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from orders import queries as orders
from steller.errors import InvalidRequestError
from steller.portal import actors
from steller.portal.pages.staff import sure
from steller.portal.pages.staff.access import Colleague, act, found, staff_page
from steller.portal.pages.staff.asking import StaffForm, reason_field
from steller.portal.pages.staff.lists import asked, page_of, since, until
from steller.portal.pages.staff.money import said
from steller.portal.pages.staff.sure import Statement
from steller.portal.templatetags.money import money, signed
from steller.portal.templatetags.portal import word
from wallets import queries
from wallets import services as wallets
from wallets.queries import EntryFilters

_KINDS = ("top_up", "hold", "capture", "release", "refund", "adjustment")
_MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 4}


class TopUpForm(StaffForm):
    """Money that was seen to arrive."""

    amount = forms.DecimalField(label=gettext_lazy("Amount"), min_value=Decimal("0.0001"), **_MONEY)
    reference = forms.CharField(
        label=gettext_lazy("Payment reference"),
        max_length=64,
        help_text=gettext_lazy("Of the bank transfer. The same reference is booked once."),
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)


class AdjustForm(StaffForm):
    """A correction of a balance."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), help_text=gettext_lazy("Negative takes money away."), **_MONEY
    )
    reference = forms.CharField(
        label=gettext_lazy("Reference"), max_length=64, help_text=gettext_lazy("The same reference is booked once.")
    )
    reason = reason_field()


class ThresholdForm(StaffForm):
    """The balance below which the partner is warned; empty: no warning."""

    threshold = forms.DecimalField(
        label=gettext_lazy("Warn the partner below"), min_value=Decimal("0.0001"), required=False, **_MONEY
    )


@require_safe
@staff_page("wallets.view_walletentry")
def wallet(request: HttpRequest, colleague: Colleague, wallet_id: int) -> HttpResponse:
    """Show a wallet's entries, the newest first, and what may be done with its money."""
    return _show(request, colleague, wallet_id)


def _show(request: HttpRequest, colleague: Colleague, wallet_id: int, refused: str = "") -> HttpResponse:
    """Show a wallet; the form of a deed that was refused has what was filled in."""
    sent = {refused: request.POST}
    row = found(lambda: queries.wallet_of(wallet_id))
    wanted = asked(request, ("kind", "from", "to"))
    filters = EntryFilters(
        kind=wanted["kind"] if wanted["kind"] in _KINDS else None,
        created_after=since(wanted["from"]),
        created_before=until(wanted["to"]),
    )
    page = page_of(queries.matching(row, filters).order_by("-version"), request)
    causes = orders.orders_of_holds((entry.reference for entry in page), partner_id=row.partner_id)
    context = {
        "colleague": colleague,
        "wallet": row,
        "page": page,
        "rows": [(entry, causes.get(entry.reference)) for entry in page],
        "names": actors.names_of_actors({entry.actor for entry in page}),
        "wanted": wanted,
        "kinds": _KINDS,
        "limit": queries.second_approval_above(row.currency_id),
        "refused": refused,
        "top_up_form": TopUpForm(sent.get("top-up")),
        "adjust_form": AdjustForm(sent.get("adjust"), auto_id="id_adjust_%s"),
        "threshold_form": ThresholdForm(sent.get("threshold"), initial={"threshold": row.low_balance_threshold}),
    }
    return render(request, "portal/staff/wallet.html", context, status=422 if refused else 200)


@require_POST
@staff_page("wallets.view_walletentry")
def change_wallet(request: HttpRequest, colleague: Colleague, wallet_id: int, deed: str) -> HttpResponse:
    """Pay in, correct the balance, or set when the partner is warned; each asks for a permission of its own."""
    if deed not in _DEEDS:
        raise Http404
    permission, state, do = _DEEDS[deed]
    colleague.require(permission)
    back = reverse("staff:wallet", kwargs={"wallet_id": wallet_id})

    def again() -> HttpResponse:
        return _show(request, colleague, wallet_id, refused=deed)

    if state is not None and not sure.is_sure(request):
        return sure.ask(request, colleague, lambda: state(request, wallet_id), back=back, again=again)
    return act(request, lambda: do(request, colleague, wallet_id), back=back, again=again)


def _state_payment(request: HttpRequest, wallet_id: int) -> Statement:
    form = TopUpForm(request.POST).checked()
    row = queries.wallet_of(wallet_id)
    amount = f"{money(form['amount'])} {row.currency_id}"
    return Statement(
        heading=_("Book {amount} to {partner}?").format(amount=amount, partner=row.partner.name),
        effect=_effect(row, form["amount"]),
        facts=[*_facts(row, form), (_("Note"), form["note"])],
        label=_("Book {amount}").format(amount=amount),
    )


def _state_correction(request: HttpRequest, wallet_id: int) -> Statement:
    form = AdjustForm(request.POST).checked()
    row = queries.wallet_of(wallet_id)
    if not form["amount"]:
        raise InvalidRequestError(_("An adjustment needs an amount other than 0."))
    gives = form["amount"] > 0
    amount = f"{money(abs(form['amount']))} {row.currency_id}"
    heading = _("Give {amount} to {partner}?") if gives else _("Take {amount} from {partner}?")
    return Statement(
        heading=heading.format(amount=amount, partner=row.partner.name),
        effect=_effect(row, form["amount"]),
        facts=[*_facts(row, form), (_("Reason"), form["reason"])],
        label=_("Correct by {amount}").format(amount=f"{signed(form['amount'])} {row.currency_id}"),
        is_danger=not gives,
    )


def _facts(row: Any, form: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (_("Partner"), row.partner.name),
        (_("Wallet"), f"{row.currency_id}, {word(row.mode)}"),
        (_("Reference"), form["reference"]),
        (_("Available now"), f"{money(row.available)} {row.currency_id}"),
    ]


def _effect(row: Any, amount: Decimal) -> str:
    """Say what the balance becomes, and whether that takes another person."""
    limit = queries.second_approval_above(row.currency_id)
    says = {"limit": f"{money(limit)} {row.currency_id}", "after": f"{money(row.available + amount)} {row.currency_id}"}
    if abs(amount) > limit:
        text = _(
            "It is above {limit}: nothing moves until another person approves it. Then the balance becomes {after}."
        )
        return text.format(**says)
    if row.available + amount < 0:
        raise InvalidRequestError(_("That is more than is available; no wallet is ever overdrawn."))
    return _("The balance becomes {after} at once. The partner sees it, and it stays in the ledger.").format(**says)


def _pay_in(request: HttpRequest, colleague: Colleague, wallet_id: int) -> str:
    asked_for = wallets.record_top_up(wallet_id=wallet_id, actor=colleague.actor, **TopUpForm(request.POST).checked())
    return _recorded(asked_for)


def _adjust(request: HttpRequest, colleague: Colleague, wallet_id: int) -> str:
    form = AdjustForm(request.POST).checked()
    return _recorded(wallets.record_adjustment(wallet_id=wallet_id, actor=colleague.actor, **form))


def _recorded(asked_for: Any) -> str:
    if asked_for.repeated:
        return _("This reference was recorded before; nothing moved again.")
    return said(asked_for.request)


def _warn(request: HttpRequest, colleague: Colleague, wallet_id: int) -> str:
    form = ThresholdForm(request.POST).checked()
    wallets.set_threshold(wallet_id=wallet_id, threshold=form["threshold"], actor=colleague.actor)
    return _("Saved.")


type _State = Callable[[HttpRequest, int], Statement]
type _Do = Callable[[HttpRequest, Colleague, int], str]

_DEEDS: dict[str, tuple[str, _State | None, _Do]] = {
    "top-up": ("wallets.approve_topup", _state_payment, _pay_in),
    "adjust": ("wallets.adjust_wallet", _state_correction, _adjust),
    "threshold": ("wallets.change_wallet", None, _warn),
}
