"""What is done with orders. An order's path: `placement`, `purchasing`, `settlement`; the others serve these."""
