"""PostgreSQL: settings, connections, migrations, and what is kept there about grids."""
