"""Finding what is plugged in, without a manual: ports, units on a line, what they are, and a configuration for them."""
