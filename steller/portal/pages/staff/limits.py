"""The supplier's limits as they stand, and the hand on the tap: breakers, kill switch, float limits."""

from collections.abc import Callable, Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from orders import queries
from orders.services import controlling
from steller.portal import actors
from steller.portal.pages.access import is_part
from steller.portal.pages.staff.access import Colleague, act, reason_of, staff_page


@require_safe
@staff_page("bamboo.view_limiter")
def limits(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Show each endpoint, the products that use theirs up, and our accounts; it keeps itself up to date."""
    supply = queries.supply()
    checkout = [each for each in supply.endpoints if each.row.key == "checkout"]
    context = {
        "colleague": colleague,
        "supply": supply,
        "stopped": [each for each in checkout if each.row.stopped_at],
        "is_known": any(each.row.mode == colleague.mode for each in checkout),
        "names": actors.names_of_actors({each.row.stopped_by for each in supply.endpoints}),
    }
    return render(request, f"portal/staff/limits{'_now' if is_part(request, 'supply') else ''}.html", context)


_DEEDS: Mapping[str, tuple[Callable[..., bool], object]] = {
    "stop": (controlling.stop_calls, gettext_lazy("Stopped. Nothing is called there until somebody resumes it.")),
    "resume": (controlling.resume_calls, gettext_lazy("Resumed.")),
    "close-breaker": (controlling.close_breaker, gettext_lazy("The breaker is closed; it is called again.")),
}


@require_POST
@staff_page("orders.control_supply")
def control(request: HttpRequest, colleague: Colleague, deed: str) -> HttpResponse:
    """Stop or resume an endpoint, or close its breaker."""
    if deed not in _DEEDS:
        raise Http404
    do, said = _DEEDS[deed]

    def change() -> object:
        changed = do(
            key=request.POST.get("key", ""),
            mode="test" if request.POST.get("mode") == "test" else "live",
            actor=colleague.actor,
            reason=reason_of(request),
        )
        return said if changed else _("It was so before.")

    return act(request, change, back=reverse("staff:limits"))


@require_POST
@staff_page("orders.control_supply")
def lift(request: HttpRequest, colleague: Colleague, account_id: int) -> HttpResponse:
    """Let an account be spent from without a limit again."""

    def change() -> str:
        controlling.lift_float_limit(account_id=account_id, actor=colleague.actor, reason=reason_of(request))
        return _("The limit is lifted; the supplier may set it anew by refusing.")

    return act(request, change, back=reverse("staff:limits"))
