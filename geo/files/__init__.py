"""Files in and out: records and shapes in any common format, read and written as streams."""
