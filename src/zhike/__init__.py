"""Zhike 知客: a CRM that knows what every customer is worth."""
