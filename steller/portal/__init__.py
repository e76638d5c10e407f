"""What needs several apps at once: opening a partner, staff and partner pages, reports."""
