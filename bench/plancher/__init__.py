"""The floor: the least a Django application can do for a session, an account, a form and a file. Not a product, a yardstick."""
