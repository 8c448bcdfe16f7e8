"""A file that is kept as it was made, given byte for byte with its hash."""

import base64
from dataclasses import dataclass

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from unmet.api.problems import Problem
from unmet.files import services as files
from unmet.files.models import StoredFile

TYPE = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Kept:
    """A table that never changes: its version is the SHA-256 of its bytes."""

    file: StoredFile


def answer(kept: Kept, request: HttpRequest) -> HttpResponseBase:
    """The bytes, with their SHA-256 as `ETag` and as `Repr-Digest` (RFC 9530).

    Raises:
        Problem: `not-found` when they do not lie on the disk any more.
    """
    etag = f'"{kept.file.sha256}"'
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers={"ETag": etag})
    path = files.path(kept.file)
    if not path.exists():
        raise Problem("not-found")
    response = FileResponse(path.open("rb"), as_attachment=True, filename=kept.file.name, content_type=TYPE)
    response.headers["ETag"] = etag
    digest = base64.b64encode(bytes.fromhex(kept.file.sha256)).decode()
    response.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    return response
