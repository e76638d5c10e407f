"""How the worker takes messages from its queues: one that is no message of Celery's ends itself, never the worker."""

import logging
from collections.abc import Callable
from typing import Any

import structlog
from celery.worker.consumer import Consumer

_log = structlog.get_logger(__name__)


class PatientConsumer(Consumer):
    """Refuses what nobody can read.

    Celery expects three parts in a body and an id in the headers. It lets the error of a message without them end the
    worker, the broker hands the same message to the next one, and so on: one stray message would stop all purchases.
    """

    # Set by Celery from the broker's library; its stubs leave them out.
    connection_errors: tuple[type[Exception], ...]
    channel_errors: tuple[type[Exception], ...]

    def create_task_handler(self, *arguments: Any) -> Callable[[Any], None]:
        """Give what is called for each message."""
        receive = super().create_task_handler(*arguments)
        lost_connection = (*self.connection_errors, *self.channel_errors)

        def receive_or_refuse(message: Any) -> None:
            try:
                receive(message)
            except lost_connection:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the message's own
                # Never its body: anybody may have written it.
                queue = (message.delivery_info or {}).get("routing_key")
                _log.error("message_refused", queue=queue, error=type(error).__name__)
                if not message.acknowledged:
                    # Not requeued: to the dead letters, where there are any.
                    message.reject_log_error(logging.getLogger(__name__), self.connection_errors)

        return receive_or_refuse
