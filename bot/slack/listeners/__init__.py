"""Listeners: each module has one `register(app, desk)`."""
