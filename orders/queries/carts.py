"""What a person means to order."""

from django.db.models import QuerySet, Sum

from orders.models import CartLine


def cart_lines(user_id: int) -> QuerySet[CartLine]:
    """Return the lines of a person's cart, with their cart. The caller knows the products."""
    return CartLine.objects.filter(cart=user_id).select_related("cart")


def cart_size(user_id: int) -> int:
    """Return how many cards a person's cart holds."""
    return CartLine.objects.filter(cart=user_id).aggregate(cards=Sum("quantity"))["cards"] or 0
