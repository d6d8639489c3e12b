"""The sources checked: imports, routes, names, docs, sizes."""
