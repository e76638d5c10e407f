"""The management commands of orders and their purchases."""
