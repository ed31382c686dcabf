"""Care: birthdays, festivals and anniversaries, told to the owner in time and once."""
