"""A partner's contacts as our staff keep them: `/api/staff/partner/{id}/contact`."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from partners import queries
from partners import services as partners
from partners.authentication import permitted
from partners.authentication.views import StaffView
from partners.models import Contact
from steller.errors import NotFoundError
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.problems import PROBLEMS


class ContactRequest(serializers.Serializer[Any]):
    """Somebody to talk to."""

    name = serializers.CharField(max_length=200)
    email = serializers.EmailField(max_length=254, default="", allow_blank=True)
    phone = serializers.CharField(max_length=50, default="", allow_blank=True)
    position = serializers.CharField(max_length=100, default="", allow_blank=True)


class ContactChange(serializers.Serializer[Any]):
    """What of a contact shall change; what is left out stays."""

    name = serializers.CharField(max_length=200, required=False)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=50, required=False, allow_blank=True)
    position = serializers.CharField(max_length=100, required=False, allow_blank=True)


class ContactBody(ContactRequest):
    """Somebody to talk to at a partner."""

    id = serializers.IntegerField()


class StaffContactsView(StaffView):
    """`/api/staff/partner/{id}/contact`."""

    @extend_schema(
        operation_id="staff_contact_list",
        tags=["staff"],
        parameters=PAGE_PARAMETERS,
        responses={200: page_of(ContactBody), **PROBLEMS},
    )
    def get(self, request: Request, partner_id: int) -> Response:
        """List a partner's contacts."""
        permitted(request, "partners.view_contact")
        contacts = queries.contacts_of(queries.partner(partner_id).pk)
        return page(contacts, request, ordering=("name", "id"), body=_body)

    @extend_schema(
        operation_id="staff_contact_add",
        tags=["staff"],
        request=ContactRequest,
        responses={201: ContactBody, **PROBLEMS},
    )
    def post(self, request: Request, partner_id: int) -> Response:
        """Add a contact."""
        who = permitted(request, "partners.add_contact")
        fields = fields_of(ContactRequest, request.data)
        contact_id = partners.add_contact(partner_id=partner_id, actor=who.actor, **fields)
        return Response(_body(_contact(contact_id, partner_id)), status=201)


class StaffContactView(StaffView):
    """`/api/staff/partner/{id}/contact/{id}`."""

    @extend_schema(
        operation_id="staff_contact_change",
        tags=["staff"],
        request=ContactChange,
        responses={200: ContactBody, **PROBLEMS},
    )
    def patch(self, request: Request, partner_id: int, contact_id: int) -> Response:
        """Change a contact; what is left out stays."""
        who = permitted(request, "partners.change_contact")
        fields = fields_of(ContactChange, request.data)
        partners.change_contact(contact_id=contact_id, partner_id=partner_id, actor=who.actor, **fields)
        return Response(_body(_contact(contact_id, partner_id)))

    @extend_schema(operation_id="staff_contact_remove", tags=["staff"], responses={204: None, **PROBLEMS})
    def delete(self, request: Request, partner_id: int, contact_id: int) -> Response:
        """Forget a contact."""
        who = permitted(request, "partners.delete_contact")
        partners.remove_contact(contact_id=contact_id, partner_id=partner_id, actor=who.actor)
        return Response(status=204)


def _contact(contact_id: int, partner_id: int) -> Contact:
    contact = queries.contacts_of(partner_id).filter(pk=contact_id).first()
    if contact is None:
        raise NotFoundError("No such contact.")
    return contact


def _body(contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.pk,
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "position": contact.position,
    }
