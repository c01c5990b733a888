"""Tables in and out: the lists of a shop as CSV and XLSX. Reading and writing run in a process of their own."""
