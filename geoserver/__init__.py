"""Web edge and composition root: HTTP, settings, command line, pages, demo city."""
