"""The service under kills: what was acknowledged is there, once, however often its parts are killed."""
