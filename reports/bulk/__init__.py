"""Many reports at once: imported from files, filed in batches, located, exported; by the same rules as one."""
