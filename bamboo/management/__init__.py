"""The management commands of the supplier's app."""
