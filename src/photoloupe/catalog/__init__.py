"""Many photos, remembered: scanned once, asked about ever after.

schema, store, rows, snapshot, location: the table of photos. scan: files -> rows. ask: query,
similar, relations. sidecars: XMP. journal: undo. organize: plans. report: the contact sheet.
"""
