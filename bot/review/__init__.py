"""The review pages: what a centre does with the register. Server-rendered, without JavaScript."""
