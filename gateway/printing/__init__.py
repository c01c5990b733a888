"""What comes out on paper: the typeface, the printers and their queues."""
