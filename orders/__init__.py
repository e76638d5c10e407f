"""Orders, their cards, and the group purchases that get them from the supplier."""
