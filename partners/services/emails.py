"""E-mails: written into the database with the change that they tell of, sent by a worker afterwards."""

import json
from collections.abc import Mapping

from django.conf import settings
from django.template.loader import render_to_string
from django_subatomic.db import transaction_required

from partners.models import Email
from steller.encryption import card_keys

_LONGEST_SUBJECT = 200


@transaction_required
def queue_email(
    *,
    to: str,
    kind: str,
    context: Mapping[str, object],
    actor: str,
    partner_id: int | None = None,
    withheld: str = "",
) -> None:
    """Write a message that leaves after the commit; its templates are `emails/<kind>.subject.txt`, `.txt`, `.html`.

    The templates extend `emails/layout.txt` and `emails/layout.html`, and may begin links with `public_url`. Never
    put a card's code into `context`: an e-mail travels in the clear. A message that is `withheld` for a reason is
    written alike and never sent.
    """
    values = {"public_url": settings.PUBLIC_URL, **context}
    subject = " ".join(render_to_string(f"emails/{kind}.subject.txt", values).split())
    email = Email(to=to, kind=kind, subject=subject[:_LONGEST_SUBJECT], partner_id=partner_id, actor=actor)
    content = {form: render_to_string(f"emails/{kind}.{form}", values) for form in ("txt", "html")}
    email.content = card_keys().encrypt(json.dumps(content), place=email.place)
    if withheld:
        email.status, email.error = Email.Status.FAILED, withheld
    email.save(force_insert=True)
