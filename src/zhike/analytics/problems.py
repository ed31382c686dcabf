"""What is wrong with a setting: a list that names every field, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from zhike.analytics.words import Words


@dataclass(frozen=True, slots=True)
class Problem:
    """``field`` is a dotted path such as ``tiers.dimensions.0.weight``; ``code`` is stable for programs."""

    field: str
    code: str
    words: Words


class SettingsError(ValueError):
    """Settings that cannot be used; ``problems`` lists all of them, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{p.field}: {p.words.en}" for p in problems))
        self.problems = problems


class Checks:
    """Collects problems while a definition is walked."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def require(self, ok: bool, field: str, code: str, en: str, zh: str) -> None:
        if not ok:
            self.problems.append(Problem(field, code, Words(en, zh)))

    def between(self, value: object, low: float, high: float, field: str) -> None:
        """A finite number inside [low, high]."""
        ok = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
        self.require(
            ok,
            field,
            "range",
            f"Must lie between {low:g} and {high:g}.",
            f"必须在 {low:g} 与 {high:g} 之间。",
        )

    def one_of(self, value: object, allowed: tuple[str, ...], field: str) -> None:
        self.require(
            value in allowed,
            field,
            "choice",
            f"Must be one of: {', '.join(allowed)}.",
            f"必须是以下之一：{'、'.join(allowed)}。",
        )

    def unique(self, values: list[str], field: str) -> None:
        self.require(
            len(set(values)) == len(values), field, "duplicate", "Codes must differ.", "代码不能重复。"
        )

    def finish(self) -> None:
        if self.problems:
            raise SettingsError(self.problems)
