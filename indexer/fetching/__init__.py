"""Downloading documents that somebody asked for: politely, safely, and without writing a file.

`sources` reads the list of official originals, `download` gets one address, `fetch_all` compares
each original with what is stored. `policy` and `transport` decide where a connection may go.
"""
