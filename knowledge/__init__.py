"""What is known and what is recorded. Uses neither `indexer` nor `bot`."""
