"""Two trials told apart, where colours of arms would mislead."""

from netterbook.book.style import GREEN, PURPLE, SECOND_DASH

TRIAL = GREEN, PURPLE
"""Colours of the two trials, in their order."""
TRIAL_DASH = "-", SECOND_DASH
TRIAL_MARK = "o", "s"
