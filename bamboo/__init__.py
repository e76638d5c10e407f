"""Everything we know about the supplier, the Bamboo Card Portal."""
