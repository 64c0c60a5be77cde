"""What a report is made of: tables of figures, each with its definition and what is behind it."""
