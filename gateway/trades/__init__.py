"""Trade templates: a whole configuration for a shop of each trade, to begin with. Data: one YAML file a trade."""
