"""What the settings are made of.

Pure: nothing here reads the environment or the database, so each rule is tested on its own.
"""

from steller.configuration.broker import embedded_broker, rabbitmq
from steller.configuration.clocks import Clocks
from steller.configuration.component_names import COMPONENT_NAMES
from steller.configuration.database import postgresql
from steller.configuration.environment import Environment
from steller.configuration.mail import mailer
from steller.configuration.refusals import refuse_weak_secrets, refuse_weak_supplier_secrets, refuse_wrong_seal_keys
from steller.configuration.schedule import SCHEDULE
from steller.configuration.supplier import parse_accounts, parse_mode, parse_supplier_url
from steller.configuration.values import (
    DEFAULT_LIMITS,
    Limit,
    parse_amounts,
    parse_currency,
    parse_limits,
    parse_networks,
    parse_rate,
    percent,
)

__all__ = [
    "COMPONENT_NAMES",
    "DEFAULT_LIMITS",
    "SCHEDULE",
    "Clocks",
    "Environment",
    "Limit",
    "embedded_broker",
    "mailer",
    "parse_accounts",
    "parse_amounts",
    "parse_currency",
    "parse_limits",
    "parse_mode",
    "parse_networks",
    "parse_rate",
    "parse_supplier_url",
    "percent",
    "postgresql",
    "rabbitmq",
    "refuse_weak_secrets",
    "refuse_weak_supplier_secrets",
    "refuse_wrong_seal_keys",
]
