"""The page, the API and the live stream: all of them show one state, which one thread reads.

No request asks the store: a thread keeps the state (`reader`), the event loop answers from it. What
changed between two states goes to every client of the stream (`hub`).
"""
