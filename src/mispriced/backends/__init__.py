"""The outside world behind the protocols of `ports`: HTTP, the store, the embedded server."""
