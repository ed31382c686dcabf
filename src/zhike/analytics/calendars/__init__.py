"""The Chinese calendar: lunar dates, festivals, working days.

lunar_to_solar(2025, 6, 1, leap=True)   -> date(2025, 7, 25)
solar_to_lunar(date(2025, 7, 25))       -> LunarDay(2025, 6, 1, leap=True)
festival("中秋", 2026)                   -> date(2026, 9, 25)
is_working_day(date(2026, 10, 10))      -> True (a working Saturday)
is_provisional(2027)                    -> True until the State Council has published that year
on_day(date(2026, 2, 16))               -> the birthdays celebrated on that day, solar and lunar
"""

from zhike.analytics.calendars.birthdays import (
    Birthday,
    Occurrence,
    Rules,
    between,
    birth_dates,
    birthday_of,
    is_possible,
    occurrences,
    on_day,
)
from zhike.analytics.calendars.festivals import FESTIVALS, Festival, festival, spring_festival
from zhike.analytics.calendars.lunar import (
    InvalidLunarDate,
    LunarDay,
    leap_month,
    lunar_anniversary,
    lunar_to_solar,
    month_days,
    solar_to_lunar,
)
from zhike.analytics.calendars.working import (
    is_provisional,
    is_working_day,
    next_working_day,
    previous_working_day,
    working_days_before,
)

__all__ = [
    "FESTIVALS",
    "Birthday",
    "Festival",
    "InvalidLunarDate",
    "LunarDay",
    "Occurrence",
    "Rules",
    "between",
    "birth_dates",
    "birthday_of",
    "festival",
    "is_possible",
    "is_provisional",
    "is_working_day",
    "leap_month",
    "lunar_anniversary",
    "lunar_to_solar",
    "month_days",
    "next_working_day",
    "occurrences",
    "on_day",
    "previous_working_day",
    "solar_to_lunar",
    "spring_festival",
    "working_days_before",
]
