"""Photos: taken in, drawn anew without what cameras write into them, kept beside the database, erased in time."""
