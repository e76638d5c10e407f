"""Addresses of a site whose author forgot every filter: each shows all orders that the database lets it see."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django_subatomic.db import transaction
from rest_framework.response import Response
from rest_framework.views import APIView

from orders.models import Order
from partners.authentication import views
from partners.queries import Scope
from steller.portal.pages.access import partner_page


def everything() -> list[str]:
    return sorted(str(pk) for pk in Order.objects.values_list("pk", flat=True))


class OrdersView(APIView):
    def get(self, request):
        return Response(everything())


class InTransactionView(APIView):
    def get(self, request):
        with transaction():
            return Response(everything())


class BreakingView(APIView):
    def get(self, request):
        with transaction():
            everything()
            raise RuntimeError("on purpose")


class StaffView(views.StaffView):
    def get(self, request):
        return Response(everything())


@partner_page(Scope.ORDER_READ)
def page(request: HttpRequest, person: object) -> HttpResponse:
    return JsonResponse(everything(), safe=False)


@partner_page(Scope.ORDER_READ)
def breaking_page(request: HttpRequest, person: object) -> HttpResponse:
    everything()
    raise RuntimeError("on purpose")


@partner_page(Scope.ORDER_READ)
def streaming_page(request: HttpRequest, person: object) -> StreamingHttpResponse:
    def lines() -> Iterator[str]:
        yield " ".join(everything())

    return StreamingHttpResponse(lines())


def anybodys_page(request: HttpRequest) -> HttpResponse:
    return JsonResponse(everything(), safe=False)


urlpatterns = [
    path("api/orders", OrdersView.as_view()),
    path("api/transaction", InTransactionView.as_view()),
    path("api/breaking", BreakingView.as_view()),
    path("api/staff", StaffView.as_view()),
    path("page", page),
    path("breaking", breaking_page),
    path("streaming", streaming_page),
    path("anybody", anybodys_page),
]
handler500 = "steller.problems.server_error"
