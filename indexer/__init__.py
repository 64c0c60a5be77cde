"""Documents to passages to a ranked list. May use `knowledge`, never `bot`."""
