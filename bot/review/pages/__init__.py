"""One module for each area; each has `routes`."""
