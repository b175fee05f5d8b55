"""Markets, odds, names, matching and arbitrage as pure functions: no IO, no clock, no chance."""
