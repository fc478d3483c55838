"""The journal: append-only record of who did what and who opened what; reference numbers."""
