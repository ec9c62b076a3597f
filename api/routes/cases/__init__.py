"""Reports and their cases: filing, reading, moving, queues, contacts."""
