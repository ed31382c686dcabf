"""Pages of segments: the list, the builder, one segment, and a customer list from a file."""
