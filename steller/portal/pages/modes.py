"""Live or test: which of a partner's two worlds its pages show, and the play money of the second."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from partners.queries import Scope
from steller.database import Mode
from steller.portal import services
from steller.portal.pages.access import MODE, Person, back_to, partner_page


@require_POST
@partner_page(Scope.CATALOG_READ)
def switch(request: HttpRequest, person: Person) -> HttpResponse:  # noqa: ARG001
    """Show orders, money, events and webhooks of the chosen mode from here on, until the log-out."""
    if (mode := request.POST.get("mode")) in Mode.values:
        request.session[MODE] = mode
    return redirect(back_to(request, otherwise="overview"))


@require_POST
@partner_page(Scope.WALLET_WRITE)
def play_money(request: HttpRequest, person: Person) -> HttpResponse:
    """Fill the test wallets."""
    services.fill_test_wallets(partner_id=person.partner_id, actor=person.actor)
    messages.success(request, _("Your test wallets are full of play money."))
    return redirect(back_to(request, otherwise="wallet-list"))
