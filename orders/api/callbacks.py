"""Where the supplier calls: `POST /bamboo/notification` and `POST /bamboo/webhook`.

Whoever calls learns as little as possible: one refusal for whatever is wrong, and one answer for whatever is right,
known or not.
"""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bamboo.webhooks import LARGEST_BODY, Hint, NotGenuineError, read_notification, read_webhook
from orders.services import hints

_log = structlog.get_logger(__name__)


@csrf_exempt
@require_POST
def notification(request: HttpRequest) -> HttpResponse:
    """Take the classic callback, which bears our secret."""
    return _take(request, lambda body: read_notification(body, secret=settings.BAMBOO_NOTIFICATION_SECRET))


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Take a signed callback."""
    headers = {name: request.headers.get(name, "") for name in ("svix-id", "svix-timestamp", "svix-signature")}
    return _take(
        request,
        lambda body: read_webhook(
            body, headers=headers, secrets=settings.BAMBOO_WEBHOOK_SECRET, now=timezone.now().timestamp()
        ),
    )


def _take(request: HttpRequest, read: Callable[[bytes], Hint]) -> HttpResponse:
    try:
        hint = read(_body(request))
    except NotGenuineError as refused:
        _log.warning("callback_refused", path=request.path, reason=str(refused))
        return HttpResponse(status=403)
    hints.take_hint(hint)
    return HttpResponse(status=204)


def _body(request: HttpRequest) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdigit() or int(length) > LARGEST_BODY:
        raise NotGenuineError("size")
    return request.body
