"""What was: historical odds and what a strategy would have made of them."""
