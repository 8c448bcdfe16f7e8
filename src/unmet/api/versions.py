"""The versions of what can be changed: an `ETag` that is another one as soon as anything that is told of it is."""

import hashlib
import re
import uuid
from typing import Final

from django.http import HttpRequest
from pydantic import BaseModel

_TAG: Final = re.compile(r'"[\x21\x23-\x7e]*"')


def tag(of: uuid.UUID, told: BaseModel, *beside: object) -> str:
    """The ETag of a thing as it is told to whoever reads it; `beside` is what stands in lists of their own."""
    digest = hashlib.sha256(f"{told.model_dump_json()} {beside!r}".encode()).hexdigest()
    return f'"{of}.{digest[:20]}"'


def sent(request: HttpRequest) -> list[str]:
    """The versions that a client has read. A star would mean: whichever it is; that is no reading."""
    return _TAG.findall(request.headers.get("If-Match", ""))
