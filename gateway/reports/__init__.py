"""Reports: figures of work of a day, a shift, a month; as JSON, as PDF, as rows; and the pack of evidence."""
