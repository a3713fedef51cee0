"""Last positions of moving units in memory, their stream, and tracks on disk."""
