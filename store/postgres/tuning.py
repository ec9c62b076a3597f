"""The settings that the embedded server runs with."""

import os
from pathlib import Path

__all__ = ["configuration"]


def configuration(socket: Path, log: Path) -> str:
    """Text of the server's settings file: durable, sized to this machine, discreet in its log."""
    memory = _memory_bytes()
    shared = min(max(memory // 8, 64 * 2**20), 2**30) // 2**20
    settings = {
        "listen_addresses": "''",
        "port": "5432",
        "unix_socket_directories": _quoted(socket),
        "unix_socket_permissions": "0700",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "max_connections": "200",
        "shared_buffers": f"{shared}MB",
        "effective_cache_size": f"{memory // 2 // 2**20}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{min(shared, 256)}MB",
        "max_wal_size": "2GB",
        "random_page_cost": "1.1",
        "jit": "off",  # PostGIS functions look expensive, and compiling costs more than it saves
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "logging_collector": "on",
        "log_directory": _quoted(log),
        "log_filename": "'%a.log'",
        "log_rotation_age": "1d",
        "log_truncate_on_rotation": "on",
        "log_line_prefix": "'%m [%p] %q%u@%d '",
        "log_min_duration_statement": "5s",
        "log_lock_waits": "on",
        # Residents' names and words travel as parameters and in the DETAIL of errors: neither belongs in a log.
        "log_parameter_max_length": "0",
        "log_error_verbosity": "terse",
    }
    return "".join(f"{key} = {value}\n" for key, value in settings.items())


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("\\", "\\\\").replace("'", "''") + "'"


def _memory_bytes() -> int:
    """Memory of the machine, or of the container when that has less."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(memory, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (OSError, ValueError):  # no cgroup v2, or "max"
        return memory
