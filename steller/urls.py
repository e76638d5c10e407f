"""Every address of the site."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny

from catalog import api as catalog
from orders import api as orders
from orders.api import staff as staff_orders
from partners import api as partners
from steller import health, problems
from steller.portal.pages import access, bulk, cart, developers, overview, reveals
from steller.portal.pages import catalog as catalog_pages
from steller.portal.pages import orders as order_pages
from steller.portal.pages import wallets as wallet_pages
from wallets import api as wallets

_OPEN = {"authentication_classes": (), "permission_classes": (AllowAny,)}

_STAFF_ORDERS: list[URLPattern | URLResolver] = [
    path("order", staff_orders.StaffOrdersView.as_view(), name="staff-orders"),
    path("order/<uuid:order_id>", staff_orders.StaffOrderView.as_view(), name="staff-order"),
    path("order/<uuid:order_id>/supplier", staff_orders.SupplierView.as_view(), name="staff-order-supplier"),
    path("order/<uuid:order_id>/cancel", staff_orders.StaffCancelView.as_view(), name="staff-order-cancel"),
    path("order/<uuid:order_id>/retry", staff_orders.StaffRetryView.as_view(), name="staff-order-retry"),
    path("order/<uuid:order_id>/reveal", staff_orders.StaffRevealView.as_view(), name="staff-order-reveal"),
    path("card/<uuid:card_id>/refund", staff_orders.RefundView.as_view(), name="staff-card-refund"),
    path("review", staff_orders.ReviewView.as_view(), name="staff-review"),
    path("review/purchase", staff_orders.ReviewPurchasesView.as_view(), name="staff-review-purchases"),
    path("review/purchase/<uuid:purchase_id>/close", staff_orders.CloseView.as_view(), name="staff-review-close"),
    path("review/purchase/<uuid:purchase_id>/read", staff_orders.ReadAgainView.as_view(), name="staff-review-read"),
    path(
        "review/purchase/<uuid:purchase_id>/not-bought",
        staff_orders.NotBoughtView.as_view(),
        name="staff-review-not-bought",
    ),
    path(
        "review/purchase/<uuid:purchase_id>/not-coming",
        staff_orders.NotComingView.as_view(),
        name="staff-review-not-coming",
    ),
    path("review/line", staff_orders.ReviewLinesView.as_view(), name="staff-review-lines"),
    path("review/line/<uuid:line_id>/release", staff_orders.ReleaseLineView.as_view(), name="staff-line-release"),
    path("review/line/<uuid:line_id>/fail", staff_orders.FailLineView.as_view(), name="staff-line-fail"),
    path("review/line/<uuid:line_id>/assign", staff_orders.AssignView.as_view(), name="staff-line-assign"),
    path("review/card", staff_orders.ReviewCardsView.as_view(), name="staff-review-cards"),
    path("review/card/write-off", staff_orders.WriteOffView.as_view(), name="staff-cards-write-off"),
    path("limits", staff_orders.LimitsView.as_view(), name="staff-limits"),
    path("limits/close-breaker", staff_orders.BreakerCloseView.as_view(), name="staff-limits-close-breaker"),
    path("limits/stop", staff_orders.CallsStopView.as_view(), name="staff-limits-stop"),
    path("limits/resume", staff_orders.CallsResumeView.as_view(), name="staff-limits-resume"),
    path("limits/account/<int:account_id>/lift", staff_orders.FloatLimitLiftView.as_view(), name="staff-limits-lift"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/order", orders.OrdersView.as_view(), name="orders"),
    path("api/order/estimate", orders.EstimateView.as_view(), name="order-estimate"),
    path("api/order/<uuid:order_id>", orders.OrderView.as_view(), name="order"),
    path("api/order/<uuid:order_id>/cards", orders.CardsView.as_view(), name="order-cards"),
    path("api/order/<uuid:order_id>/cancel", orders.CancelView.as_view(), name="order-cancel"),
    path("api/product", catalog.ProductsView.as_view(), name="products"),
    path("api/product/<int:product_id>", catalog.ProductView.as_view(), name="product"),
    path("api/brand", catalog.BrandsView.as_view(), name="brands"),
    path("api/brand/<int:brand_id>", catalog.BrandView.as_view(), name="brand"),
    path("api/category", catalog.CategoriesView.as_view(), name="categories"),
    path("api/country", catalog.CountriesView.as_view(), name="countries"),
    path("api/staff/catalog/sync", catalog.SyncView.as_view(), name="staff-sync"),
    path("api/staff/catalog/sync/<int:run_id>", catalog.SyncRunView.as_view(), name="staff-sync-run"),
    path("api/staff/catalog/rule", catalog.CatalogRulesView.as_view(), name="staff-catalog-rules"),
    path("api/staff/catalog/rule/<int:rule_id>", catalog.CatalogRuleView.as_view(), name="staff-catalog-rule"),
    path("api/staff/commission", catalog.CommissionsView.as_view(), name="staff-commissions"),
    path("api/staff/commission/<int:rule_id>", catalog.CommissionView.as_view(), name="staff-commission"),
    path("api/staff/price", catalog.PriceView.as_view(), name="staff-price"),
    path("api/currency", wallets.CurrenciesView.as_view(), name="currencies"),
    path("api/rate", wallets.RatesView.as_view(), name="rates"),
    path("api/wallet", wallets.WalletsView.as_view(), name="wallets"),
    path("api/wallet/<int:wallet_id>", wallets.WalletView.as_view(), name="wallet"),
    path("api/wallet/<int:wallet_id>/entry", wallets.EntriesView.as_view(), name="wallet-entries"),
    path("api/wallet/<int:wallet_id>/statement", wallets.StatementView.as_view(), name="wallet-statement"),
    path("api/wallet/<int:wallet_id>/top-up", wallets.TopUpsView.as_view(), name="wallet-top-ups"),
    path("api/wallet/<int:wallet_id>/seal", wallets.SealView.as_view(), name="wallet-seal"),
    path("api/seal-key", wallets.SealKeysView.as_view(), name="seal-keys"),
    path("api/staff/wallet", wallets.StaffWalletsView.as_view(), name="staff-wallets"),
    path("api/staff/wallet/<int:wallet_id>", wallets.StaffWalletView.as_view(), name="staff-wallet"),
    path("api/staff/wallet/<int:wallet_id>/entry", wallets.StaffEntriesView.as_view(), name="staff-entries"),
    path("api/staff/wallet/<int:wallet_id>/statement", wallets.StaffStatementView.as_view(), name="staff-statement"),
    path("api/staff/wallet/<int:wallet_id>/top-up", wallets.StaffTopUpView.as_view(), name="staff-top-up"),
    path("api/staff/wallet/<int:wallet_id>/adjust", wallets.StaffAdjustView.as_view(), name="staff-adjust"),
    path("api/staff/top-up", wallets.StaffTopUpsView.as_view(), name="staff-top-ups"),
    path("api/staff/top-up/<int:top_up_id>/approve", wallets.ApproveTopUpView.as_view(), name="top-up-approve"),
    path("api/staff/top-up/<int:top_up_id>/reject", wallets.RejectTopUpView.as_view(), name="top-up-reject"),
    path("api/staff/adjustment", wallets.AdjustmentsView.as_view(), name="staff-adjustments"),
    path(
        "api/staff/adjustment/<int:adjustment_id>/approve",
        wallets.ApproveAdjustmentView.as_view(),
        name="adjustment-approve",
    ),
    path(
        "api/staff/adjustment/<int:adjustment_id>/reject",
        wallets.RejectAdjustmentView.as_view(),
        name="adjustment-reject",
    ),
    path("api/partner/me", partners.MeView.as_view(), name="me"),
    path("api/staff/reconciliation", orders.ReconciliationsView.as_view(), name="staff-reconciliations"),
    path("api/staff/reconciliation/<int:run_id>", orders.ReconciliationView.as_view(), name="staff-reconciliation"),
    path("api/staff/reconciliation/difference", orders.DifferencesView.as_view(), name="staff-differences"),
    path(
        "api/staff/reconciliation/difference/<int:difference_id>/resolve",
        orders.ResolveView.as_view(),
        name="staff-difference-resolve",
    ),
    path("api/staff/report/overview", orders.OverviewView.as_view(), name="report-overview"),
    path("api/staff/report/summary", orders.SummaryView.as_view(), name="report-summary"),
    path("api/staff/report/sales", orders.SalesView.as_view(), name="report-sales"),
    path("api/staff/report/failures", orders.FailuresView.as_view(), name="report-failures"),
    path("api/staff/report/liabilities", orders.LiabilitiesView.as_view(), name="report-liabilities"),
    path("api/staff/report/accounts", orders.AccountsView.as_view(), name="report-accounts"),
    path("api/staff/report/export", orders.ExportsView.as_view(), name="report-exports"),
    path("api/staff/report/export/<uuid:export_id>", orders.ExportView.as_view(), name="report-export"),
    path("api/staff/report/export/<uuid:export_id>/file", orders.ExportFileView.as_view(), name="report-file"),
    path("api/partner/notification", partners.NotificationsView.as_view(), name="notifications"),
    path("api/event", partners.EventsView.as_view(), name="events"),
    path("api/webhook", partners.EndpointsView.as_view(), name="webhooks"),
    path("api/webhook/<uuid:endpoint_id>", partners.EndpointView.as_view(), name="webhook"),
    path("api/webhook/<uuid:endpoint_id>/rotate", partners.RotateView.as_view(), name="webhook-rotate"),
    path("api/webhook/<uuid:endpoint_id>/test", partners.TestSendView.as_view(), name="webhook-test"),
    path("api/webhook/<uuid:endpoint_id>/replay", partners.ReplayView.as_view(), name="webhook-replay"),
    path("api/webhook/<uuid:endpoint_id>/delivery", partners.DeliveriesView.as_view(), name="webhook-deliveries"),
    path("api/auth/token", partners.LoginView.as_view(), name="token"),
    path("api/auth/refresh", partners.RefreshView.as_view(), name="token-refresh"),
    path("api/auth/logout", partners.LogoutView.as_view(), name="token-logout"),
    path("api/staff/", include(_STAFF_ORDERS)),
    path("api/schema", SpectacularAPIView.as_view(**_OPEN), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema", **_OPEN), name="docs"),
    re_path(r"^api/.*$", problems.unknown_address),
    path("bamboo/notification", orders.notification, name="bamboo-notification"),
    path("bamboo/webhook", orders.webhook, name="bamboo-webhook"),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
    path("", overview.overview, name="overview"),
    path("login", access.LogInPage.as_view(), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("catalog", catalog_pages.brands, name="catalog"),
    path("catalog/prices.csv", catalog_pages.price_list, name="price-list"),
    path("catalog/<int:brand_id>", catalog_pages.brand, name="brand-page"),
    path("cart", cart.cart, name="cart"),
    path("cart/add", cart.add, name="cart-add"),
    path("cart/change", cart.change, name="cart-change"),
    path("cart/checkout", cart.checkout, name="checkout"),
    path("cart/order", cart.order, name="cart-order"),
    path("orders", order_pages.order_list, name="order-list"),
    path("orders/<uuid:order_id>", order_pages.order_page, name="order-page"),
    path("orders/<uuid:order_id>/cards", order_pages.cards, name="order-cards-page"),
    path("orders/<uuid:order_id>/cancel", order_pages.cancel, name="order-cancel-page"),
    path("bulk", bulk.bulk_list, name="bulk-list"),
    path("bulk/template.csv", bulk.template, name="bulk-template"),
    path("bulk/upload", bulk.upload, name="bulk-upload"),
    path("bulk/<uuid:bulk_id>", bulk.bulk_page, name="bulk-page"),
    path("bulk/<uuid:bulk_id>/confirm", bulk.act, {"deed": "confirm"}, name="bulk-confirm"),
    path("bulk/<uuid:bulk_id>/discard", bulk.act, {"deed": "discard"}, name="bulk-discard"),
    path("bulk/<uuid:bulk_id>/retry", bulk.act, {"deed": "retry"}, name="bulk-retry"),
    path("bulk/<uuid:bulk_id>/result.csv", bulk.result, name="bulk-result"),
    path("bulk/<uuid:bulk_id>/cards", bulk.cards, name="bulk-cards"),
    path("wallet", wallet_pages.wallet_list, name="wallet-list"),
    path("wallet/<int:wallet_id>", wallet_pages.wallet, name="wallet-page"),
    path("reveals", reveals.reveal_log, name="reveal-log"),
    path("developers", developers.developers, name="developers"),
    path("admin/", admin.site.urls),
]

handler404 = "steller.problems.page_not_found"
handler500 = "steller.problems.server_error"
