"""Primary keys that sort by time, so that indexes grow at their end."""

import os
import time
import uuid
from datetime import datetime


def first_of(moment: datetime) -> uuid.UUID:
    """The smallest key that `uuid7` may give at this moment: days of rows are read along their primary key."""
    return uuid.UUID(int=(int(moment.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62))


def uuid7() -> uuid.UUID:
    """A UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then 74 random bits. Python has its own from 3.14."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | (7 << 76)
    value = value & ~(0x3 << 62) | (2 << 62)
    return uuid.UUID(int=value)
