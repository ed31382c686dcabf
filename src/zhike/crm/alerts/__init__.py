"""Alerts: what happens to important customers, told to the owner once and never lost."""
