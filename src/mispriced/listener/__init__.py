"""The browser listener: what a bookmaker's own page loads and is pushed feeds its event streams."""
