"""Many photos, remembered: scanned once, asked about ever after.

schema      what a row holds, and which version of that this is
catalog     the rows on disk: read, add, change, compact
known       what a scan must know of the rows, in 34 bytes each
survey      the files there are, against the rows there are
looking     one file -> what the models need of it
writing     what was looked at -> answers -> rows, in batches
scan        all of these in turn
query       rows that an expression holds for
similar     rows of pictures that look alike
relations   crops and copies among the rows, in groups
sidecars    rows written back beside the photos: stars, own_rating, xmp, merging, beside
plan        what would be moved where; organize: moved, and relocating: the catalogue told
undo        what was done to files, and how it is taken back; files: done safely
thumbnail   a row -> a small picture, and whether the file is still that photo
families    groups as a contact sheet draws them
page        the parts of a page, and what keeps file names from breaking out
contact_sheet  all of these, in one file that a browser opens
"""
