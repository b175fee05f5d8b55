"""The stages between the streams, and the loop that runs any of them."""
