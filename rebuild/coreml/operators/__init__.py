"""What each operation of MIL computes, in NumPy: a family a file.

The source of every rule is the operation's docstring in coremltools' reference of MIL operations.
"""
