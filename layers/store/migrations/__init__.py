"""Numbered, forward-only migrations of the fixed tables: ``NNNN_name.DIALECT.sql`` beside this.

A file that was released is never edited; a change of the fixed tables is a new file for each
dialect. Layer tables follow the catalogue and need none.
"""
