"""The Chinese calendar: lunar dates, festivals, working days.

lunar_to_solar(2025, 6, 1, leap=True)   -> date(2025, 7, 25)
solar_to_lunar(date(2025, 7, 25))       -> LunarDay(2025, 6, 1, leap=True)
festival("中秋", 2026)                   -> date(2026, 9, 25)
is_working_day(date(2026, 10, 10))      -> True (a working Saturday)
is_provisional(2027)                    -> True until the State Council has published that year
"""

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
from zhike.analytics.calendars.working import is_provisional, is_working_day, next_working_day

__all__ = [
    "FESTIVALS",
    "Festival",
    "InvalidLunarDate",
    "LunarDay",
    "festival",
    "is_provisional",
    "is_working_day",
    "leap_month",
    "lunar_anniversary",
    "lunar_to_solar",
    "month_days",
    "next_working_day",
    "solar_to_lunar",
    "spring_festival",
]
