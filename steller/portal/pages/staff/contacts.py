"""People to talk to at a partner: added, changed, forgotten."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from partners import queries
from partners import services as partners
from steller.portal.pages.staff.access import Colleague, act, found, staff_page
from steller.portal.pages.staff.asking import StaffForm
from steller.portal.pages.staff.lists import page_of
from steller.portal.pages.staff.partners import show_tab


class ContactForm(StaffForm):
    """Somebody to talk to."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    position = forms.CharField(label=gettext_lazy("Position"), max_length=100, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=50, required=False)


@require_safe
@staff_page("partners.view_contact")
def partner_contacts(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """List a partner's contacts, each with what may be changed of it."""
    return _show(request, colleague, partner_id, ContactForm())


@require_POST
@staff_page("partners.add_contact")
def add_contact(request: HttpRequest, colleague: Colleague, partner_id: int) -> HttpResponse:
    """Store a contact."""
    form = ContactForm(request.POST)
    if not form.is_valid():
        return _show(request, colleague, partner_id, form)

    def deed() -> str:
        partners.add_contact(partner_id=partner_id, actor=colleague.actor, **form.cleaned_data)
        return _("Added.")

    return act(request, deed, back=_address(partner_id))


@require_POST
@staff_page("partners.change_contact")
def change_contact(request: HttpRequest, colleague: Colleague, partner_id: int, contact_id: int) -> HttpResponse:
    """Change what is known of a contact."""

    def deed() -> str:
        changes = ContactForm(request.POST).checked()
        partners.change_contact(contact_id=contact_id, partner_id=partner_id, actor=colleague.actor, **changes)
        return _("Saved.")

    return act(request, deed, back=_address(partner_id))


@require_POST
@staff_page("partners.delete_contact")
def remove_contact(request: HttpRequest, colleague: Colleague, partner_id: int, contact_id: int) -> HttpResponse:
    """Forget a contact."""

    def deed() -> str:
        partners.remove_contact(contact_id=contact_id, partner_id=partner_id, actor=colleague.actor)
        return _("The contact is forgotten.")

    return act(request, deed, back=_address(partner_id))


def _show(request: HttpRequest, colleague: Colleague, partner_id: int, form: ContactForm) -> HttpResponse:
    row = found(lambda: queries.partner(partner_id))
    page = page_of(queries.contacts_of(partner_id).order_by("name", "pk"), request)
    rows = [
        (
            contact,
            ContactForm(
                initial={name: getattr(contact, name) for name in ContactForm.base_fields},
                auto_id=f"contact-{contact.pk}-%s",
            ),
        )
        for contact in page
    ]
    return show_tab(
        request, colleague, row, "contacts", code=422 if form.errors else 200, page=page, rows=rows, form=form
    )


def _address(partner_id: int) -> str:
    return reverse("staff:partner-contacts", kwargs={"partner_id": partner_id})
