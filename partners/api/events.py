"""`GET /api/event`: what happened, in order, without gaps."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from partners import queries
from partners.authentication import caller
from partners.queries import Scope
from steller.pagination import LARGEST_PAGE
from steller.parsing import fields_of
from steller.problems import PROBLEMS

LARGEST_NUMBER = 2**63 - 1


class PartnerEvent(serializers.Serializer[Any]):
    """An event, the same in lists and in webhooks."""

    id = serializers.UUIDField(help_text="The same in every sending.")
    number = serializers.IntegerField(help_text="Counts the partner's events, without gaps; live and test apart.")
    type = serializers.CharField()
    created_at = serializers.DateTimeField()
    data = serializers.DictField()  # type: ignore[assignment]


class PartnerEventPage(serializers.Serializer[Any]):
    """Events in order; `next` is null when there are no more by now."""

    next = serializers.URLField(allow_null=True)
    results = PartnerEvent(many=True)


class EventFilters(serializers.Serializer[Any]):
    """Where to begin, and how many at once."""

    after = serializers.IntegerField(
        min_value=0, max_value=LARGEST_NUMBER, default=0, help_text="The number of the last event that you have."
    )
    limit = serializers.IntegerField(min_value=1, max_value=LARGEST_PAGE, default=50)
    page_size = serializers.IntegerField(
        min_value=1, max_value=LARGEST_PAGE, required=False, help_text="The name that `limit` has in other lists."
    )


class EventsView(APIView):
    """`GET /api/event`."""

    @extend_schema(
        operation_id="event_list",
        tags=["event"],
        parameters=[EventFilters],
        responses={200: PartnerEventPage, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Read events in order, those after a number."""
        who = caller(request)
        who.require(Scope.EVENT_READ)
        asked = fields_of(EventFilters, request.query_params)
        after, limit = asked["after"], asked.get("page_size", asked["limit"])
        # One more than asked for tells whether there is a next page.
        events = list(queries.event_list(partner_id=who.partner_id, mode=who.mode, after=after)[: limit + 1])
        shown = events[:limit]
        more = request.build_absolute_uri(f"{request.path}?after={shown[-1].number}&limit={limit}") if shown else None
        return Response(
            {
                "next": more if len(events) > limit else None,
                "results": [queries.event_body(event) for event in shown],
            }
        )
