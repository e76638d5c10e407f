"""The pages of our staff, below `/staff/`: each asks for a permission of its own, and so does each thing done on it."""
