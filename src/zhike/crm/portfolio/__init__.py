"""The customer list and the page of one customer: where every capability shows what it knows of them."""
