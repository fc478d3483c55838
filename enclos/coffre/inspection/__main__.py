"""`python -m enclos.coffre.inspection SOCKET`."""

from enclos.coffre.inspection.server import main

raise SystemExit(main())
