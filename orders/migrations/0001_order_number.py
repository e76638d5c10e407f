from django.db import migrations


class Migration(migrations.Migration):
    """The sequence that numbers orders stands before the table that draws from it."""

    initial = True
    dependencies = ()
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE orders_order_number AS bigint START 100001",
            "DROP SEQUENCE orders_order_number",
        )
    ]
