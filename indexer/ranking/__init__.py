"""Which passage comes first: what each signal says of a passage, and how much it counts."""
