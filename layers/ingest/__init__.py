"""Imports: OpenStreetMap extracts, boundaries, tables; each one transaction, with rejects."""
