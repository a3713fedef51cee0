"""The store: one truth, written in transactions, read by scan, id and change log."""
