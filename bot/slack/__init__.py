"""The Slack face: ways in, replies as blocks, handing over to a centre, App Home, transport."""
