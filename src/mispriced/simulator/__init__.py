"""The bookmakers on loopback, in their own answer shapes, for demos and tests without the real sites.

It knows neither how matches are joined nor how surebets are found (`domain.matching`,
`domain.arbitrage`): its truth is its own.
"""
