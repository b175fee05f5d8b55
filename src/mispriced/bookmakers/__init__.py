"""The registry: every bookmaker that this installation knows, by name, without regard to case.

A third party adds one by an entry point of the group `mispriced.bookmakers` that names a
`Bookmaker`. A name in a message is looked up here and never imported.
"""
