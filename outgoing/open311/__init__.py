"""Another Open311 server's requests and the cases here, kept in step: taken, posted, and followed."""
