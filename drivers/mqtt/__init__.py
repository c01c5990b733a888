"""MQTT as a source: what devices publish to a broker."""
