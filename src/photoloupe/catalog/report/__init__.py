"""The contact sheet: one offline HTML page of a catalog."""
