"""Screens of the analysis, one module per page."""
