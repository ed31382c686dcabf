"""Pages of customers: lists, one customer, forms."""
