#!/usr/bin/env python
"""Django's usual door; `enclos` is the same one, installed."""

from enclos.__main__ import main

if __name__ == "__main__":
    main()
