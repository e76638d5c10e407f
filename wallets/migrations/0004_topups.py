import django.db.models.deletion
from django.db import migrations, models

import steller.database


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0003_emails"),
        ("wallets", "0003_rate_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="Adjustment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("created_by", models.CharField(default="system", max_length=64)),
                ("updated_by", models.CharField(default="system", max_length=64)),
                ("amount", steller.database.MoneyField(decimal_places=4, max_digits=18)),
                ("reference", models.CharField(max_length=64)),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "status",
                    models.CharField(
                        choices=[("pending", "Pending"), ("approved", "Approved"), ("rejected", "Rejected")],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("first_approved_at", models.DateTimeField(null=True)),
                ("first_approved_by", models.CharField(blank=True, max_length=64)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.CharField(blank=True, max_length=64)),
                ("decision_reason", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TopUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("created_by", models.CharField(default="system", max_length=64)),
                ("updated_by", models.CharField(default="system", max_length=64)),
                ("amount", steller.database.MoneyField(decimal_places=4, max_digits=18)),
                ("reference", models.CharField(max_length=64)),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "status",
                    models.CharField(
                        choices=[("pending", "Pending"), ("approved", "Approved"), ("rejected", "Rejected")],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("first_approved_at", models.DateTimeField(null=True)),
                ("first_approved_by", models.CharField(blank=True, max_length=64)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.CharField(blank=True, max_length=64)),
                ("decision_reason", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "ordering": ["-id"],
                "permissions": [("approve_topup", "Can approve and reject top-ups")],
                "abstract": False,
            },
        ),
        migrations.AlterModelOptions(
            name="wallet",
            options={"ordering": ["id"], "permissions": [("adjust_wallet", "Can adjust a wallet's balance")]},
        ),
        migrations.AddField(
            model_name="wallet",
            name="low_balance_told_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="wallet",
            name="type",
            field=models.CharField(
                choices=[("prepaid", "Prepaid"), ("promotional", "Promotional")], default="prepaid", max_length=20
            ),
        ),
        migrations.AddIndex(
            model_name="wallet",
            index=models.Index(
                condition=models.Q(("low_balance_threshold__isnull", False)),
                fields=["id"],
                name="wallets_with_a_threshold",
            ),
        ),
        migrations.AddField(
            model_name="adjustment",
            name="wallet",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="wallets.wallet"
            ),
        ),
        migrations.AddField(
            model_name="topup",
            name="wallet",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="wallets.wallet"
            ),
        ),
        migrations.AddIndex(
            model_name="adjustment",
            index=models.Index(condition=models.Q(("status", "pending")), fields=["id"], name="pending_adjustments"),
        ),
        migrations.AddConstraint(
            model_name="adjustment",
            constraint=models.UniqueConstraint(fields=("wallet", "reference"), name="one_adjustment_per_reference"),
        ),
        migrations.AddConstraint(
            model_name="adjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("decided_by", ""), ("status", "pending")),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("status__in", ["approved", "rejected"]),
                        models.Q(("decided_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="adjustment_is_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("amount", 0), _negated=True), models.Q(("reason", ""), _negated=True)),
                name="adjustment_has_amount_and_reason",
                violation_error_message="An adjustment needs an amount other than 0 and a reason.",
            ),
        ),
        migrations.AddIndex(
            model_name="topup",
            index=models.Index(condition=models.Q(("status", "pending")), fields=["id"], name="pending_topups"),
        ),
        migrations.AddConstraint(
            model_name="topup",
            constraint=models.UniqueConstraint(fields=("wallet", "reference"), name="one_topup_per_reference"),
        ),
        migrations.AddConstraint(
            model_name="topup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("decided_by", ""), ("status", "pending")),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("status__in", ["approved", "rejected"]),
                        models.Q(("decided_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="topup_is_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="topup",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)),
                name="topup_is_positive",
                violation_error_message="The amount must be above zero.",
            ),
        ),
    ]
