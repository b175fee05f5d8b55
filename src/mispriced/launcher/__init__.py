"""What runs where: a plan is a pure function of the configuration; runners keep it."""
