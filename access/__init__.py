"""Who may see and do what: roles and rights, accounts, sessions, keys, and the scope that every query asks for."""
