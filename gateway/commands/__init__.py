"""The commands of `gongbang`. Exit codes: 0 well, 1 failed, 2 configuration or usage."""
