"""The benchmark: the real server over HTTP, beside the least a Django application can do, in one run."""
