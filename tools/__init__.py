"""What works on the checkout and is no part of the program: its set-up and its checks."""
