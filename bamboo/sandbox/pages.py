"""A page for people: what was bought, and what can be switched."""

from flask import Blueprint, render_template_string

from bamboo.sandbox.control import bought
from bamboo.sandbox.gate import sandbox
from bamboo.sandbox.orders import stamp

pages = Blueprint("pages", __name__)

_SHOWN = 100

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><title>Bamboo sandbox</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
code { font-size: .9em; }
</style>
</head>
<body>
<h1>Bamboo sandbox</h1>
<p>An imitation of the supplier. Nothing here is real: no money, no cards.</p>
<h2>Accounts</h2>
<table>
<tr><th>Account</th><th>World</th><th>Currency</th><th class="number">Balance</th><th>Active</th></tr>
{% for account in accounts %}
<tr><td>{{ account.id }}</td><td>{{ account.mode }}</td><td>{{ account.currency }}</td>
<td class="number">{{ account.balance }}</td><td>{{ "yes" if account.is_active else "no" }}</td></tr>
{% endfor %}
</table>
<h2>Bought: {{ count }} orders{% if count > purchases|length %}, the latest {{ purchases|length }}{% endif %}</h2>
<table>
<tr><th>Order</th><th>When (UTC)</th><th>RequestId</th><th>Products</th><th class="number">Cards</th>
<th class="number">Total</th><th>Status</th></tr>
{% for each in purchases %}
<tr><td>{{ each.order_id }}</td><td>{{ stamp(each.when)[:19] }}</td><td><code>{{ each.request_id }}</code></td>
<td>{% for line in each.products %}{{ line.quantity }} &times; {{ line.name }}<br>{% endfor %}</td>
<td class="number">{{ each.sold }} of {{ each.cards }}</td>
<td class="number">{{ each.total }} {{ each.currency }}</td><td>{{ each.status }}</td></tr>
{% else %}
<tr><td colspan="7">Nothing yet.</td></tr>
{% endfor %}
</table>
<h2>Control</h2>
<ul>
<li><a href="/_control/purchases">/_control/purchases</a>: all orders</li>
<li><a href="/_control/requests">/_control/requests</a>: all calls</li>
<li><a href="/_control/faults">/_control/faults</a>: faults on order; POST orders one, DELETE cancels</li>
<li><a href="/_control/settings">/_control/settings</a>: settings; POST changes them</li>
<li><a href="/_control/accounts">/_control/accounts</a>; POST to /_control/balance, /_control/stock, /_control/price,
/_control/product, /_control/limits/reset</li>
</ul>
</body>
</html>
"""


@pages.get("/")
def overview() -> str:
    """Show accounts and purchases; never a code."""
    running = sandbox()
    counted = running.store.row("select count(*) as orders from orders")
    return render_template_string(
        _PAGE,
        accounts=running.store.rows("select * from accounts order by id"),
        purchases=bought(running.store, now=running.now(), limit=_SHOWN, newest=True),
        count=counted["orders"] if counted else 0,
        stamp=stamp,
    )
