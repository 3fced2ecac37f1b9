"""Reports, relations and catalogue rows as table, JSON lines, CSV, Parquet or paths."""
