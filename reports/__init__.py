"""The report and the case that it becomes, from intake to figures."""
