"""Names in the API's description: several things have a status or a kind, each has one name in generated clients."""

COMPONENT_NAMES = {
    "CardStatusEnum": "orders.models.Card.Status",
    "CommissionKindEnum": "catalog.models.CommissionRule.Kind",
    "EntryKindEnum": "wallets.models.EntryKind",
    "ExportStatus": "orders.models.ExportStatus",
    "KeyStatusEnum": "steller.portal.api.key_shapes.STATUSES",
    "LineStatusEnum": "orders.states.LineStatus",
    "NotificationKind": "partners.models.NotificationKind",
    "OrderStatusEnum": "orders.states.OrderStatus",
    "OrderTypeEnum": "orders.models.OrderType",
    "PartnerRoleEnum": "partners.services.PARTNER_ROLES",
    "PartnerStatusEnum": "steller.portal.api.staff_partners.STATUSES",
    "PersonStatusEnum": "partners.api.people_shapes.STATUSES",
    "PurchaseStatusEnum": "orders.states.PurchaseStatus",
    "ReconciliationStatus": "orders.models.ReconciliationStatus",
    "RequestStatusEnum": "wallets.models.RequestStatus",
    "WalletTypeEnum": "wallets.models.WalletType",
    "WebhookStatus": "partners.models.WebhookEndpoint.Status",
    "RoleEnum": "partners.api.people_shapes.ROLES",
}
