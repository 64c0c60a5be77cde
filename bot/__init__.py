"""The faces: command line, Slack, review pages. May use `indexer` and `knowledge`."""
