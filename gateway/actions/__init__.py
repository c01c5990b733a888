"""Actions: what is done about alarms. Each is a part of its own beside the way of a reading, as a publisher is."""
