"""Numbers that explain themselves on the pages: the table of all of them, and what the browser is given to show."""
