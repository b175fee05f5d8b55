"""Real-time football odds: several bookmakers read, matched, and searched for mispriced prices."""

__version__ = "0.1.0"
