"""How long a month is: the twelfth part of a Julian year of 365.25 days."""

DAYS_PER_MONTH = 365.25 / 12
WEEKS_PER_MONTH = DAYS_PER_MONTH / 7
