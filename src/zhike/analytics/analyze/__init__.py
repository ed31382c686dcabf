"""`zhike analyze`: orders from a file, without database or server.

summary = analyze("orders.csv", "result", lang="en")
"""

from zhike.analytics.analyze.errors import AnalyzeError
from zhike.analytics.analyze.job import analyze
from zhike.analytics.analyze.summary import Summary

__all__ = ["AnalyzeError", "Summary", "analyze"]
