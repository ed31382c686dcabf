"""Reference tables of public standards: regions, industries, kinds of companies. Pure Python, cached."""
