"""What people do with answers: repair, fix files, rank, evaluate."""
