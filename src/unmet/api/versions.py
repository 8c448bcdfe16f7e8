"""The versions of what can be changed: an `ETag` that is another one as soon as anything that is told of it is."""

import hashlib
import uuid

from pydantic import BaseModel


def tag(of: uuid.UUID, told: BaseModel, *beside: object) -> str:
    """The ETag of a thing as it is told to whoever reads it; `beside` is what stands in lists of their own."""
    digest = hashlib.sha256(f"{told.model_dump_json()} {beside!r}".encode()).hexdigest()
    return f'"{of}.{digest[:20]}"'
