"""One read of the supplier at a person's wish: through the shared limiter, and never inside a transaction."""

from collections.abc import Callable

from django.core.exceptions import ImproperlyConfigured
from django_subatomic.db import durable

from bamboo import limits, schemas
from bamboo.client import BambooClient
from bamboo.errors import BambooError, OrderNotFound, RateLimited
from orders.models import Purchase
from steller.errors import UnavailableError

# By mode; raises ImproperlyConfigured when there are no credentials for it.
type ClientOf = Callable[[str], BambooClient]

# A person waits in front of the page: reads of the workers are seldom further ahead than this.
PATIENCE_SECONDS = 6.0


@durable
def read_now(client_of: ClientOf, purchase: Purchase) -> schemas.Order | None:
    """Return the supplier's order as it is now; None: the supplier shows none. Changes nothing here.

    Raises:
        UnavailableError: the supplier gave no answer; `supplier_error` says why.

    """
    try:
        client = client_of(purchase.mode)
        with limits.call("order", mode=purchase.mode, max_wait=PATIENCE_SECONDS):
            return client.order(request_id=purchase.supplier_request_id)
    except OrderNotFound:
        return None
    except ImproperlyConfigured as error:
        raise UnavailableError(
            "There are no credentials of the supplier for this mode.", supplier_error="no_credentials"
        ) from error
    except RateLimited as error:
        wait = max(1, round(error.retry_after or PATIENCE_SECONDS))
        raise _unavailable(error, retry_after=wait) from error
    except BambooError as error:
        raise _unavailable(error) from error


def _unavailable(error: BambooError, *, retry_after: int | None = None) -> UnavailableError:
    return UnavailableError(
        f"The supplier gave no answer: {error}.", retry_after=retry_after, supplier_error=error.code
    )
