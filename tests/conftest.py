"""The cast. What guards every test is in tests/gardes.py and tests/fuites.py, the servers in tests/services/."""
