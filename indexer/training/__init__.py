"""Making the embedded model anew from a folder of text: `python -m indexer.training --help`.

Nothing else imports this package; what it makes is read by `indexer.vectors` like any other model.
"""
