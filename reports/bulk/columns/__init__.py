"""Records of a file, column by column: parsed, sieved, put into shape."""
