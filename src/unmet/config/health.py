"""`/healthz`: whether this installation can work, for the program that keeps it running. It tells nothing else."""

import shutil
from functools import lru_cache

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from unmet.books.models import Clock

# Below this, a large import or the copy for a backup would fill the disk.
LEAST_FREE_BYTES = 200_000_000


def database_answers() -> bool:
    """Whether a row can be read."""
    try:
        Clock.objects.values_list("sequence", flat=True).first()
    except Exception:  # whatever it is, it does not answer; the log of the next page says more
        return False
    return True


def tables_are_right() -> bool:
    """Whether every change of the tables that this version wants was made."""
    try:
        return not wanted() - set(MigrationRecorder(connection).applied_migrations())
    except Exception:
        return False


@lru_cache(maxsize=1)
def wanted() -> frozenset[tuple[str, str]]:
    """The changes of the tables this version knows; read from the disk once."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def free_bytes() -> int:
    """Free space where the data lies; 0 when it cannot be told."""
    try:
        return shutil.disk_usage(settings.UNMET_DATA).free
    except OSError:
        return 0


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 when all is well, else 503; a word for each thing that was looked at."""
    looked = {
        "database": database_answers(),
        "tables": tables_are_right(),
        "disk": free_bytes() >= LEAST_FREE_BYTES,
    }
    good = all(looked.values())
    response = JsonResponse(
        {"ok": good, **{name: "ok" if well else "fail" for name, well in looked.items()}}, status=200 if good else 503
    )
    response["Cache-Control"] = "no-store"
    return response
