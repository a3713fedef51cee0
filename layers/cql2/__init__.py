"""Common Query Language 2 (OGC 21-065r2): the tree, its JSON form, and its evaluation."""
