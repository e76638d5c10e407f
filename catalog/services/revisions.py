"""Counts the changes of what the supplier offers, so that stamped answers are found to be old."""

from django.db import connection
from django_subatomic.db import transaction_required

_BUMP = """
INSERT INTO catalog_revision (id, number) VALUES (1, 1)
ON CONFLICT (id) DO UPDATE SET number = catalog_revision.number + 1
"""


@transaction_required
def note_change() -> None:
    """Count a change, last in its transaction: the row is everybody's, so it is locked for the shortest time."""
    with connection.cursor() as cursor:
        cursor.execute(_BUMP)
