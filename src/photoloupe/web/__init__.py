"""The service: the same answers over HTTP, and the page that shows them. Needs `[server]`."""
