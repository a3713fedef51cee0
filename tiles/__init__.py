"""Bytes of a tile from columns: clip, generalise, encode, cache, archive."""
