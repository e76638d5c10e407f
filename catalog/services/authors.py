"""Who changes a rule of staff and why; and whether what the rule speaks of exists."""

from dataclasses import dataclass

from django.db import models

from catalog.models import Brand, Category, Product
from partners.models import Partner
from steller.errors import InvalidRequestError


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes a rule, and why."""

    actor: str
    reason: str = ""


_MODELS: dict[str, type[models.Model]] = {"partner": Partner, "product": Product, "brand": Brand, "category": Category}


def check_ids(**ids: int | None) -> None:
    """Refuse ids that nothing has, by the names partner, product, brand, category.

    Raises:
        InvalidRequestError: there is no such row.

    """
    for name, number in ids.items():
        if number is not None and not _MODELS[name]._default_manager.filter(pk=number).exists():  # noqa: SLF001 - Django's published name
            raise InvalidRequestError(f"There is no such {name}.", errors={f"{name}_id": ["There is none."]})
