"""Live football data: what the TheSports API says of every match, made flat, shown, and made states."""
