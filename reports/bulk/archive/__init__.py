"""The archive: all reports as GeoParquet by month, in a folder or an object storage, kept current by the feed."""
