"""The last seal of the journal, dated by an authority (RFC 3161) when `ENCLOS_TSA_URL` names one.

Its attestation covers every seal before: one token a day dates the whole journal, for who does not trust the fund's own clock and
keys. The token is a line of the journal, and so is sealed in turn.
"""

import base64
import hashlib
import logging
from datetime import timedelta

from django.utils import timezone

from config.env import ENV
from enclos.accuses.horodatage import NoStamp, request_stamp
from enclos.journal.access import last_seal, last_seal_told_of, lines_about
from enclos.journal.actions import SYSTEM, record
from enclos.socle.verrou import AlreadyRunning, alone

logger = logging.getLogger(__name__)

STAMPED = "accuses.sceau.stamped"
PATIENCE = timedelta(days=2)  # an authority may be away for a night


def stamp_last_seal() -> bool:
    """Have the last seal dated, once; whether it was done now. An authority that is away is asked again at the next sweep."""
    if not ENV.tsa_url:
        return False
    try:
        with alone("journal-horodatage"):
            sceau = last_seal()
            if sceau is None or lines_about(sceau).filter(event=STAMPED).exists():
                return False
            token, at = request_stamp(hashlib.sha256(sceau.attestation.encode()).digest())
            record(
                STAMPED,
                sceau,
                by=SYSTEM,
                attestation=sceau.attestation,
                at=at.isoformat(),
                jeton=base64.b64encode(token).decode(),
            )
            return True
    except AlreadyRunning:
        return False
    except NoStamp as error:
        logger.warning("journal: the last seal is not dated yet: %s", error)
        return False


def is_behind() -> bool:
    """Whether an authority is named, and the last seal it dated is two days late or more."""
    if not ENV.tsa_url:
        return False
    due = last_seal(sealed_before=timezone.now() - PATIENCE)
    return due is not None and due.numero > last_seal_told_of(STAMPED)
