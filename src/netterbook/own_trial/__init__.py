"""Any trial's printed numbers, from a folder of tables as its paper prints them, put to the checks of this book."""
