"""The library: every document that may be searched, kept as original, text and passages."""
