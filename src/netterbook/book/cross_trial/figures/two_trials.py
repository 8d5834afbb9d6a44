"""Two trials told apart, where colours of arms would mislead."""

from netterbook.book.style import GREEN, PURPLE

TRIAL = GREEN, PURPLE
"""Colours of the two trials, in their order."""
TRIAL_DASH = "-", (0, (5, 2))
TRIAL_MARK = "o", "s"
