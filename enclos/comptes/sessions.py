"""Sessions kept in the database: seen, ended, and limited in time both when idle and in all.

One row is read for each request, with its account, person and fund. The row's key is a digest of what the cookie holds: a copy
of the database opens no session. The end of an idle session moves forward at most once a minute, so that reading pages does not
write; it is set one minute later than promised in return.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.utils import timezone

from config.env import ENV
from enclos.caisses.access import caisse_of
from enclos.comptes.models import Compte, Session
from enclos.socle.requetes import Slot, Written

TOUCH_EVERY = timedelta(minutes=1)
SESSION = Written(Session.objects.select_related("compte__personne").filter(pk=Slot(Session, "pk")))
# An ended session stays this long: a form sent too late can be given back to its account, and to no other.
KEPT_ONCE_ENDED = timedelta(days=1)


def digest(session_key: str) -> str:
    """The key of the row for the key of the cookie."""
    return hashlib.blake2b(session_key.encode(), digest_size=20, person=b"session").hexdigest()


def idle_limit(compte: Compte | None) -> timedelta:
    """How long a session lives without a request."""
    is_agent = compte is not None and compte.is_agent
    return timedelta(minutes=ENV.agent_idle_minutes if is_agent else ENV.member_idle_minutes)


def end_of(created_at: datetime, seen_at: datetime, compte: Compte | None) -> datetime:
    """When a session seen at `seen_at` ends: idle or old, whichever comes first."""
    return min(created_at + timedelta(hours=ENV.session_hours), seen_at + idle_limit(compte) + TOUCH_EVERY)


class SessionStore(SessionBase):
    """Django's session interface over `comptes.Session`."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.row: Session | None = None
        self.ended: Session | None = None  # the session of this cookie, when time has closed it
        self.opened_for: Compte | None = None  # told by who signs in, so that `save` need not ask
        self.is_strong = False
        self.attend: str = Session.Attente.RIEN  # what must be done before anything else
        self.prouve_at: datetime | None = None
        self.opening: dict[str, str] = {}  # how, on what and from where it is opened, told by who signs in
        self.is_cookie_due = False  # the browser does not know this identifier yet

    @property
    def compte(self) -> Compte | None:
        """The account of this session, read with it."""
        self._get_session()  # type: ignore[attr-defined]
        return self.row.compte if self.row else None

    def load(self) -> dict[str, object]:
        key = self.session_key
        row = SESSION.first(pk=digest(key or ""))
        if row is None:
            self._session_key = None
            return {}
        if row.compte:
            row.compte.caisse = caisse_of(row.compte.caisse_id)
            if row.compte.personne:
                row.compte.personne.caisse = caisse_of(row.compte.personne.caisse_id)
        if row.expire_date <= timezone.now():
            self.ended = row
            self._session_key = None
            return {}
        self.row, self.is_strong, self.attend, self.prouve_at = row, row.is_strong, row.attend, row.prouve_at
        return self.decode(row.session_data)

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(pk=digest(session_key)).exists()

    def create(self) -> None:
        """A new identifier; 160 random bits are not looked up. The row is written by `save`."""
        self._session_key = secrets.token_hex(20)
        self.row = None
        self.modified = self.is_cookie_due = True

    def cycle_key(self) -> None:
        """A new identifier for the same session; the former one opens nothing any more.

        Somebody's session keeps its row: when it was opened, how and until when at most do not change with its name.
        """
        self._get_session()  # type: ignore[attr-defined]
        if self.row is None or self.row.compte_id is None:
            super().cycle_key()
            return
        former = self.row.pk
        self._session_key = secrets.token_hex(20)
        self.row.pk = digest(self._session_key)
        self.modified = self.is_cookie_due = True
        if not Session.objects.filter(pk=former).update(session_key=self.row.pk):
            raise UpdateError

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            self.create()
            must_create = True  # or the load of a key that has no row yet would forget it
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        self.modified = False
        if self.row is None or must_create:
            self._insert(data)
            return
        now = timezone.now()
        changed = Session.objects.filter(pk=self.row.pk).update(
            session_data=self.encode(data),
            is_strong=self.is_strong,
            attend=self.attend,
            prouve_at=self.prouve_at,
            last_seen_at=now,
            expire_date=end_of(self.row.created_at, now, self.row.compte),
        )
        if not changed:
            raise UpdateError

    def _insert(self, data: dict[str, object]) -> None:
        now = timezone.now()
        user_id = data.get(SESSION_KEY)
        compte = self.opened_for
        if user_id and (compte is None or str(compte.pk) != user_id):
            compte = Compte.objects.filter(pk=str(user_id)).first()
        row = Session(
            session_key=digest(self.session_key or ""),
            session_data=self.encode(data),
            compte=compte,
            created_at=now,
            last_seen_at=now,
            is_strong=self.is_strong,
            attend=self.attend,
            prouve_at=self.prouve_at,
            expire_date=end_of(now, now, compte),
            **self.opening,
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            raise CreateError from error
        self.row = row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(pk=digest(key)).delete()
        self.row = None

    def flush(self) -> None:
        """Nothing of the former session passes to the next one."""
        super().flush()
        self.is_strong, self.attend, self.prouve_at, self.opening = False, Session.Attente.RIEN, None, {}

    @classmethod
    def clear_expired(cls) -> None:
        """Forget the sessions ended for a day."""
        Session.objects.filter(expire_date__lt=timezone.now() - KEPT_ONCE_ENDED).delete()

    def touch(self, *, at_once: bool = False) -> None:
        """Somebody is there: the idle limit starts again. Written at most once a minute unless `at_once`."""
        now = timezone.now()
        if self.row is None or (not at_once and now - self.row.last_seen_at < TOUCH_EVERY):
            return
        self.row.last_seen_at = now
        self.row.expire_date = end_of(self.row.created_at, now, self.row.compte)
        Session.objects.filter(pk=self.row.pk).update(last_seen_at=now, expire_date=self.row.expire_date)

    def seconds_left(self) -> int:
        """How long this session lasts after this request if nothing else is asked; 0 for nobody."""
        if self.row is None:
            return 0
        now = timezone.now()
        oldest = self.row.created_at + timedelta(hours=ENV.session_hours)
        return max(0, int(min(idle_limit(self.row.compte), oldest - now).total_seconds()))
