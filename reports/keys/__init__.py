"""Keys under which something is sent, so that it is done once however often it is sent."""
