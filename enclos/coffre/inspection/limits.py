"""Every bound of an inspection, in one place. Sizes in bytes, times in seconds, areas in pixels."""

MEGA = 1_000_000

# What a readable copy may weigh: the leaflet's « moins d’1 Mo », strictly less, in powers of ten.
PART_MAX_BYTES = MEGA
# What may come in: a file of the contract (20 Mo), and for `assemble` the parts of a whole document.
REQUEST_MAX_BYTES = 64 * MEGA
HEADER_MAX_BYTES = 64 * 1024

# Pixels. Above ORDINARY the file gets a child with more memory, alone of its kind; above HUGE it is refused unread.
ORDINARY_PIXELS = 40 * MEGA
HUGE_PIXELS = 200 * MEGA
RENDER_PIXELS = 4 * MEGA

# PDF. `reachable` counts what the readable copy keeps: the trees of a tagged document do not count against it.
PDF_PAGES = 300
PDF_OBJECTS = 100_000
PDF_REACHABLE_OBJECTS = 20_000
PDF_INFLATED_BYTES = 50 * MEGA
PDF_FILTERS = 6
ATTACHMENTS = 20
ATTACHMENTS_BYTES = 40 * MEGA

# The child. Wall time is kept by the parent; the rest by the kernel.
MEMORY_BYTES = 512 * 1024 * 1024
HUGE_MEMORY_BYTES = 1536 * 1024 * 1024
CPU_S = 10
HUGE_CPU_S = 15
WALL_S = 20.0
HUGE_WALL_S = 45.0  # mostly waiting for its turn on a busy machine: computation has its own bound
PATIENCE_S = 60.0  # what a client waits for, the queue included
ANSWER_MAX_BYTES = 96 * 1024 * 1024
OPEN_FILES = 32

# The server.
WAITING_MAX = 32
RECEIVE_S = 5.0
