"""The fixtures of the working day."""

from work_day import home, scored, viewer  # noqa: F401  (fixtures are found by their names)
