"""People who answer: users, teams, roles, sessions and tokens, and what each may do."""
