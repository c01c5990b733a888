"""Labels: what stands on them, where, as dots, and in the languages of printers. Pure; Pillow is imported for dots."""
