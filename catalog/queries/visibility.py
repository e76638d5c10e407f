"""Which products a partner may see and buy: what no rule speaks of is allowed.

The rule that decides is the first of this order: a partner's own before a general one; then one about the product,
the brand, a category, the country, everything; then deny before allow, for categories that disagree. It is written
twice: for lists, and by hand for the order path; `TestVisibility` holds both against each other.
"""

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from catalog.models import Brand, CatalogRule, Product

_ALLOWED = Value(CatalogRule.Effect.ALLOW.value)

# Of the tables `product` and `brand`, for the partner `partner_id`.
IS_VISIBLE = """
coalesce((
    SELECT rule.effect = 'allow'
    FROM catalog_catalogrule rule
    WHERE rule.ended_at IS NULL
      AND (rule.partner_id = %(partner_id)s OR rule.partner_id IS NULL)
      AND (rule.product_id = product.id OR rule.product_id IS NULL)
      AND (rule.brand_id = brand.id OR rule.brand_id IS NULL)
      AND (rule.country IN ('', brand.country))
      AND (rule.category_id IS NULL OR EXISTS (
          SELECT FROM catalog_brand_categories link
          WHERE link.brand_id = brand.id AND link.category_id = rule.category_id))
    ORDER BY rule.partner_id IS NULL, rule.product_id IS NULL, rule.brand_id IS NULL, rule.category_id IS NULL,
             rule.country = '', rule.effect DESC
    LIMIT 1), true)
"""
# False sorts before true, and `deny` behind `allow`.
_PRECEDENCE = (
    *(
        ExpressionWrapper(general, output_field=BooleanField()).asc()
        for general in (Q(partner=None), Q(product=None), Q(brand=None), Q(category=None), Q(country=""))
    ),
    F("effect").desc(),
)


def visible(products: QuerySet[Product], *, partner_id: int) -> QuerySet[Product]:
    """Keep what a partner may see."""
    deciding = _deciding(partner_id, product="pk", brand="brand", country="brand__country").values("effect")[:1]
    return products.alias(_effect=Coalesce(Subquery(deciding), _ALLOWED)).filter(_effect=_ALLOWED)


def deciding_rule(product: Product, *, partner_id: int) -> CatalogRule | None:
    """Return the rule that lets a partner see a product, or keeps it away; None: no rule speaks of it."""
    return CatalogRule.objects.filter(
        pk__in=Product.objects.filter(pk=product.pk).values(
            rule=Subquery(_deciding(partner_id, product="pk", brand="brand", country="brand__country").values("pk")[:1])
        )
    ).first()


def _deciding(partner_id: int, *, product: str, brand: str, country: str) -> QuerySet[CatalogRule]:
    """Return the rules about a product, the deciding one first."""
    of_brand = Brand.categories.through.objects.filter(brand=OuterRef(OuterRef(brand)), category=OuterRef("category"))
    return CatalogRule.objects.filter(
        Q(partner=partner_id) | Q(partner=None),
        Q(product=OuterRef(product)) | Q(product=None),
        Q(brand=OuterRef(brand)) | Q(brand=None),
        Q(country="") | Q(country=OuterRef(country)),
        Q(category=None) | Exists(of_brand),
        ended_at=None,
    ).order_by(*_PRECEDENCE)
