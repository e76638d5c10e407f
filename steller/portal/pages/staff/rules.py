"""Rules of prices and of what partners see: listed, opened, ended; and what a partner would pay for a card."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from catalog import queries
from catalog import services as catalog
from catalog.services import Author, Commission, RuleScope, Target
from steller.errors import DomainError
from steller.portal.pages.staff.access import Colleague, act, explain, reason_of, staff_page
from steller.portal.pages.staff.asking import StaffForm, partner_choices, reason_field
from steller.portal.pages.staff.lists import asked, page_of
from steller.portal.pages.staff.naming import NamedField

_KINDS = [("percent", gettext_lazy("percent of the face value")), ("fixed", gettext_lazy("an amount for each card"))]
_BASES = [
    ("included", gettext_lazy("Discount: the partner pays less than the face value")),
    ("extra", gettext_lazy("Fee: the partner pays more than the face value")),
]
_EVERYBODY = gettext_lazy("All partners")


class _OfPartner(StaffForm):
    """A form that may be about one partner."""

    partner = forms.TypedChoiceField(label=gettext_lazy("Partner"), coerce=int, empty_value=None, required=False)
    everybody: Any = _EVERYBODY

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        choice: Any = self.fields["partner"]
        choice.choices = partner_choices(everybody=self.everybody)


class CommissionForm(_OfPartner):
    """A rule to open; what is left empty fits everything."""

    basis = forms.ChoiceField(label=gettext_lazy("Discount or fee"), choices=_BASES)
    value = forms.DecimalField(label=gettext_lazy("How much"), max_digits=10, decimal_places=4, min_value=0)
    kind = forms.ChoiceField(label=gettext_lazy("Unit"), choices=_KINDS)
    product = NamedField("product", label=gettext_lazy("Product"), help_text=gettext_lazy("Empty: every product."))
    brand = NamedField("brand", label=gettext_lazy("Brand"), help_text=gettext_lazy("Empty: every brand."))
    currency = forms.RegexField(
        r"^[A-Za-z]{3}$",
        label=gettext_lazy("Currency of the face value"),
        required=False,
        help_text=gettext_lazy("Empty: every currency."),
    )
    starts_at = forms.DateTimeField(
        label=gettext_lazy("Starts, in UTC"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=gettext_lazy("Empty: now."),
    )
    reason = reason_field()


class CatalogRuleForm(_OfPartner):
    """What to show or hide: one thing, or with nothing named everything."""

    effect = forms.ChoiceField(
        label=gettext_lazy("Effect"), choices=[("deny", gettext_lazy("Hide")), ("allow", gettext_lazy("Show"))]
    )
    product = NamedField("product", label=gettext_lazy("Product"))
    brand = NamedField("brand", label=gettext_lazy("Brand"))
    category = NamedField("category", label=gettext_lazy("Category"))
    country = forms.CharField(label=gettext_lazy("Country code"), max_length=3, required=False)
    reason = reason_field()


class PriceForm(_OfPartner):
    """Whose price, of which card."""

    everybody = gettext_lazy("Choose")
    product = NamedField("product", label=gettext_lazy("Product"), required=True)
    face_value = forms.DecimalField(
        label=gettext_lazy("Face value"), min_value=Decimal("0.0001"), max_digits=18, decimal_places=4
    )
    currency = forms.CharField(
        label=gettext_lazy("Wallet's currency"),
        max_length=3,
        required=False,
        help_text=gettext_lazy("Empty: the card's own."),
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # A list that began with some partner would ask about it without a word.
        self.fields["partner"].required = True


@require_safe
@staff_page("catalog.view_commissionrule")
def prices(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """List commission rules, those in force unless asked otherwise."""
    return _prices(request, colleague, CommissionForm(initial=request.GET.dict()))


def _prices(request: HttpRequest, colleague: Colleague, form: CommissionForm) -> HttpResponse:
    wanted = asked(request, ("show", "of"))
    rules = queries.commission_rules(in_force=wanted["show"] != "all")
    if wanted["of"] == "everybody":
        rules = rules.filter(partner=None)
    page = page_of(rules.order_by("-pk"), request)
    context = {
        "colleague": colleague,
        "page": page,
        "rows": [(rule, queries.rule_state(rule)) for rule in page],
        "wanted": wanted,
        "form": form,
    }
    return render(request, "portal/staff/prices.html", context, status=422 if form.errors else 200)


@require_POST
@staff_page("catalog.add_commissionrule")
def open_rule(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Open a commission rule; the one of the same scope that is in force then ends."""
    form = CommissionForm(request.POST)
    if form.is_valid():
        fields = form.cleaned_data
        scope = RuleScope(fields["partner"], fields["product"], fields["brand"], fields["currency"].upper())
        try:
            catalog.open_commission(
                scope=scope,
                commission=Commission(fields["kind"], fields["basis"], fields["value"]),
                author=Author(colleague.actor, fields["reason"]),
                starts_at=fields["starts_at"],
            )
        except DomainError as refusal:
            form.add_error(None, explain(refusal))
        else:
            messages.success(request, _("The rule is open; orders are priced by it from then on."))
            if fields["partner"]:
                return redirect("staff:partner-prices", partner_id=fields["partner"])
            return redirect("staff:prices")
    return _prices(request, colleague, form)


@require_POST
@staff_page("catalog.change_commissionrule")
def end_rule(request: HttpRequest, colleague: Colleague, rule_id: int) -> HttpResponse:
    """End a commission rule now. Its terms never change: another one is opened instead."""
    back: list[str] = [reverse("staff:prices")]

    def deed() -> str:
        rule = catalog.end_commission(rule_id=rule_id, author=Author(colleague.actor, reason_of(request)))
        if rule.partner_id:
            back.append(reverse("staff:partner-prices", kwargs={"partner_id": rule.partner_id}))
        return _("The rule has ended.")

    answer = act(request, deed, back=back[0])
    return redirect(back[-1]) if len(back) > 1 else answer


@require_safe
@staff_page("catalog.view_commissionrule")
def ask_price(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Tell what a partner would pay now for one card, and why."""
    asks = "face_value" in request.GET
    form = PriceForm(
        request.GET if asks else None, initial={**request.GET.dict(), "face_value": request.GET.get("face")}
    )
    context: dict[str, Any] = {"colleague": colleague, "form": form}
    if asks and form.is_valid():
        fields = form.cleaned_data
        try:
            context["told"] = queries.price_explanation(
                partner_id=fields["partner"],
                product_id=fields["product"],
                face_value=fields["face_value"],
                currency=fields["currency"].upper() or None,
            )
        except DomainError as refusal:
            form.add_error(None, explain(refusal))
    return render(request, "portal/staff/price_ask.html", context, status=422 if form.errors else 200)


@require_safe
@staff_page("catalog.view_catalogrule")
def catalog_rules(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """List what partners may see and buy, by rules in force unless asked otherwise."""
    return _catalog_rules(request, colleague, CatalogRuleForm(initial=request.GET.dict()))


def _catalog_rules(request: HttpRequest, colleague: Colleague, form: CatalogRuleForm) -> HttpResponse:
    wanted = asked(request, ("show",))
    page = page_of(queries.catalog_rules(in_force=wanted["show"] != "all").order_by("-pk"), request)
    context = {"colleague": colleague, "page": page, "wanted": wanted, "form": form}
    return render(request, "portal/staff/catalog_rules.html", context, status=422 if form.errors else 200)


@require_POST
@staff_page("catalog.add_catalogrule")
def set_catalog_rule(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Show or hide a product, a brand, a category, a country or everything, to a partner or to all."""
    form = CatalogRuleForm(request.POST)
    if form.is_valid():
        fields = form.cleaned_data
        target = Target(
            fields["partner"], fields["product"], fields["brand"], fields["category"], fields["country"].upper()
        )
        try:
            catalog.set_catalog_rule(
                target=target, effect=fields["effect"], author=Author(colleague.actor, fields["reason"])
            )
        except DomainError as refusal:
            form.add_error(None, explain(refusal))
        else:
            messages.success(request, _("The rule holds from now on."))
            if fields["partner"]:
                return redirect("staff:partner-catalog", partner_id=fields["partner"])
            return redirect("staff:catalog-rules")
    return _catalog_rules(request, colleague, form)


@require_POST
@staff_page("catalog.change_catalogrule")
def end_catalog_rule(request: HttpRequest, colleague: Colleague, rule_id: int) -> HttpResponse:
    """End a rule about what partners see."""
    back: list[str] = [reverse("staff:catalog-rules")]

    def deed() -> str:
        rule = catalog.end_catalog_rule(rule_id=rule_id, author=Author(colleague.actor, reason_of(request)))
        if rule.partner_id:
            back.append(reverse("staff:partner-catalog", kwargs={"partner_id": rule.partner_id}))
        return _("The rule has ended.")

    answer = act(request, deed, back=back[0])
    return redirect(back[-1]) if len(back) > 1 else answer
