"""What every kind of training shares: recipes, tables, batches, the fit, export, figures."""
