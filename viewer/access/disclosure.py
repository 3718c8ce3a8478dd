"""What is about to be shown to whom: the released set, counted and hashed, ready for the log."""
