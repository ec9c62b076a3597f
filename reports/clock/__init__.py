"""The clock: what is nearly due, overdue or rising, found and moved by the sweep."""
