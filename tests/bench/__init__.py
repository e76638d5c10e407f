"""Measurements of one run on one machine: `make bench`. Ratios count, single figures do not."""
