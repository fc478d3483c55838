"""Files are looked at in a process of their own, so that what serves members never parses what a stranger made.

`server` is that process: it forks one limited child per file. `client` is what the portal imports. Nothing here
needs Django, and nothing but `client`, `launch`, `noms`, `phrases` and `types` belongs in a web worker.
"""
