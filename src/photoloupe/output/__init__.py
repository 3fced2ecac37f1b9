"""Rows of every kind as a table, JSON lines, CSV, Parquet or paths: one writer each.

    formats.FORMATS   the registry: name -> writer
    layout.RowLayout  what a writer needs to know about one kind of row
    table, jsonl, csv, parquet, paths   the writers
    reports, relations   layouts of the rows that `inspect`, `crops` and `source` print

Rows of higher floors bring their own layout: `catalog.row_layout`, `uses.rank_layout`.
"""
