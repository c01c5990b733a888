"""The diagnostic bundle: what whoever helps from afar needs to see, without anything that opens a door."""
