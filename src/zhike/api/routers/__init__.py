"""Endpoints by capability."""
