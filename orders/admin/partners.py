"""Partners suspended and resumed in the admin pages: here, since their waiting lines stop and go on with them."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from orders.services import suspending
from partners.admin.rows import PartnerAdmin
from partners.models import Partner
from steller.errors import DomainError
from steller.through_services import ReasonForm, actor_of

admin.site.unregister(Partner)


@admin.register(Partner)
class SuspendingPartnerAdmin(PartnerAdmin):
    """What is known of partners, with suspending and resuming as actions."""

    actions = ("suspend", "resume")
    action_form = ReasonForm

    def has_suspend_permission(self, request: HttpRequest) -> bool:
        """Tell whether the user may suspend partners."""
        return request.user.has_perm("partners.suspend_partner")

    @admin.action(description="Suspend, with the reason: no new orders, no reveals", permissions=["suspend"])
    def suspend(self, request: HttpRequest, chosen: QuerySet[Partner]) -> None:
        """Suspend the chosen partners."""
        self._each(request, chosen, suspending.suspend_partner)

    @admin.action(description="Lift the suspension", permissions=["suspend"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Partner]) -> None:
        """Resume the chosen partners."""
        self._each(request, chosen, suspending.resume_partner)

    def _each(self, request: HttpRequest, chosen: QuerySet[Partner], service: Callable[..., int]) -> None:
        """Call the service for each partner by itself: one that is refused does not hold up the others."""
        for partner in chosen:
            try:
                service(partner_id=partner.pk, actor=actor_of(request), reason=request.POST.get("reason", ""))
            except DomainError as refusal:
                self.message_user(request, f"{partner}: {refusal.detail}", messages.ERROR)
