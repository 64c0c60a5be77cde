"""Speed and memory against the bare libraries: `python -m tests.bench` (`make bench`).

Only ratios are claimed. Both sides of a ratio are measured in the same run, in turns, and the
medians are compared, so that a slow or busy machine slows both.
"""
