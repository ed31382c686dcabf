"""What speaks for or against two records being one: comparisons in levels, each with its starting weights.

``m`` is the share of true pairs that reach a level, ``u`` the share of unrelated pairs that do. They are
where the estimation starts, and what holds it back while data are few; see :mod:`.weights`.
"""

from __future__ import annotations

from dataclasses import dataclass

MISSING = -1


@dataclass(frozen=True)
class Level:
    """A condition on two records ``l`` and ``r`` of which the best one that holds counts."""

    sql: str
    m: float
    u: float


@dataclass(frozen=True)
class Comparison:
    """Levels from best to worst; what reaches none of them is level 0.

    ``frequency`` names a column whose values differ in how much they tell: 王伟 is no evidence where
    万俟雅琴 is.
    """

    name: str
    needs: tuple[str, ...]
    levels: tuple[Level, ...]
    frequency: str = ""

    @property
    def worst(self) -> tuple[float, float]:
        """(m, u) of level 0."""
        return (
            max(1 - sum(level.m for level in self.levels), 0.002),
            max(1 - sum(level.u for level in self.levels), 0.002),
        )

    def sql(self) -> str:
        column = self.needs[0]
        cases = [f"WHEN {_missing(column, 'l')} OR {_missing(column, 'r')} THEN {MISSING}"]
        best = len(self.levels)
        cases += [f"WHEN {level.sql} THEN {best - place}" for place, level in enumerate(self.levels)]
        return f"CASE {' '.join(cases)} ELSE 0 END"


def _missing(column: str, side: str) -> str:
    return f"len({side}.{column}) = 0" if column in LISTS else f"{side}.{column} IS NULL"


#: Columns that hold several values of one record: its own and those of its contact persons.
LISTS = ("phones", "emails")


def _equal(column: str) -> str:
    return f"l.{column} = r.{column}"


def _alike(column: str, least: float) -> str:
    return f"jaro_winkler_similarity(l.{column}, r.{column}) >= {least}"


def _typed(column: str, errors: int) -> str:
    return f"damerau_levenshtein(l.{column}, r.{column}) <= {errors}"


def _words(name: str, exact: Level, *alike: Level, frequency: bool = True) -> Comparison:
    return Comparison(name, (name,), (exact, *alike), name if frequency else "")


PHONES = Comparison(
    "phones",
    ("phones",),
    (
        Level("list_has_any(l.phones, r.phones)", 0.75, 1e-7),
        Level(_typed("phones[1]", 1), 0.04, 1e-6),
    ),
    "phones",
)
EMAILS = Comparison(
    "emails",
    ("emails",),
    (
        Level("list_has_any(l.emails, r.emails)", 0.75, 3e-8),
        Level("split_part(l.emails[1], '@', 1) = split_part(r.emails[1], '@', 1)", 0.05, 1e-5),
    ),
    "emails",
)
IDENTITY = _words("identity", Level(_equal("identity"), 0.88, 1e-7), Level(_typed("identity", 2), 0.08, 1e-5))
BIRTHDAY = _words(
    "birthday",
    Level(_equal("birthday"), 0.85, 5e-5),
    Level(_typed("birthday", 1), 0.1, 1e-3),
)
ADDRESS = Comparison(
    "address",
    ("address",),
    (
        Level(_equal("address"), 0.5, 1e-5),
        Level(_alike("address", 0.92), 0.2, 1e-4),
        Level(_alike("address", 0.8), 0.1, 5e-3),
    ),
    "address",
)
DETAIL = Comparison(
    "detail", ("detail",), (Level(_equal("detail"), 0.5, 1e-3), Level(_alike("detail", 0.88), 0.2, 1e-2))
)
STREET_NUMBER = Comparison(
    "street_number",
    ("street_number",),
    (Level(_equal("street_number"), 0.8, 0.01), Level(_typed("street_number", 1), 0.1, 0.1)),
)
POSTCODE = Comparison(
    "postcode",
    ("postcode",),
    (Level(_equal("postcode"), 0.8, 2e-3), Level(_typed("postcode", 1), 0.12, 0.02)),
)
DISTRICT = Comparison(
    "district",
    ("district",),
    (Level(_equal("district"), 0.75, 3e-3), Level(_alike("district", 0.88), 0.15, 1e-2)),
)
CITY = Comparison("city", ("city",), (Level(_equal("city"), 0.92, 0.02),))
PROVINCE = Comparison("province", ("province",), (Level(_equal("province"), 0.95, 0.08),))

# In two name columns the parts are often entered the wrong way round.
_SWAPPED = "(l.given = r.family AND l.family = r.given)"
GIVEN = Comparison(
    "given",
    ("given", "family"),
    (
        Level(f"{_equal('given')} OR {_SWAPPED}", 0.7, 3e-3),
        Level(_alike("given", 0.9), 0.15, 3e-3),
        Level(_alike("given", 0.78), 0.05, 0.02),
    ),
    "given",
)
FAMILY = Comparison(
    "family",
    ("family", "given"),
    (
        Level(f"{_equal('family')} OR {_SWAPPED}", 0.7, 2e-3),
        Level(_alike("family", 0.9), 0.15, 2e-3),
        Level(_alike("family", 0.78), 0.05, 0.02),
    ),
    "family",
)
PERSON_NAME = Comparison(
    "name",
    ("name", "sound"),
    (
        Level(_equal("name"), 0.85, 2e-5),
        Level("l.sound = r.sound", 0.05, 6e-5),
        Level(_alike("name", 0.9), 0.04, 3e-4),
    ),
    "name",
)
COMPANY_NAME = Comparison(
    "name",
    ("name", "bare", "sound"),
    (
        Level(_equal("name"), 0.66, 1e-6),
        Level(_equal("bare"), 0.12, 4e-6),
        Level("l.sound = r.sound", 0.04, 1e-5),
        Level(
            f"{_alike('bare', 0.93)} OR (least(length(l.bare), length(r.bare)) >= 4 AND "
            "(starts_with(l.bare, r.bare) OR starts_with(r.bare, l.bare)))",
            0.1,
            1e-4,
        ),
    ),
    "name",
)

_PLACE = (ADDRESS, DETAIL, STREET_NUMBER, POSTCODE, DISTRICT, CITY, PROVINCE)
COMPARISONS: dict[str, tuple[Comparison, ...]] = {
    "person": (PERSON_NAME, GIVEN, FAMILY, PHONES, EMAILS, IDENTITY, BIRTHDAY, *_PLACE),
    "company": (COMPANY_NAME, PHONES, EMAILS, IDENTITY, *_PLACE),
}


def comparisons_for(kind: str, columns: set[str]) -> list[Comparison]:
    """Those whose columns the frame has."""
    return [one for one in COMPARISONS[kind] if set(one.needs) <= columns]
