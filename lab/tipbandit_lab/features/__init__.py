"""The profile features of all users, from the lake: one definition in SQL, two engines, a file and an online store."""
