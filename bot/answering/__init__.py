"""One way from a question to a reply; Slack, the pages and the command line all use it."""
