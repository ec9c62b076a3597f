"""Areas that other departments drew for themselves, and how a grid lies under them."""
