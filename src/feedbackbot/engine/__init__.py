"""The pure core: a script, a chat and something that happened go in; a turn comes out.

Nothing here knows a database, a network or a clock; `now` is always an argument.
"""
