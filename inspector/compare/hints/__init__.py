"""Why an operator may be wrong: common causes, each tried out on the reference's own operator.

A file has the causes of one sort. Each cause is a function that, of an operator under suspicion,
gives *guesses*: what it would compute if that were the cause, and the words for it. `suggest` tells
the first guess that turns out to be what the candidate computed.
"""
