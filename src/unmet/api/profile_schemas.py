"""The words of delivery profiles in the API. What can be stated is drawn from the one definition of the form."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from django.utils.translation import override
from pydantic import BaseModel, Field, create_model

from unmet.api.values import LINES, Amount, Taken
from unmet.support import profile_form as form

Answer = str | list[str]


# ── given ────────────────────────────────────────────────────────────────────
class ProfileField(BaseModel):
    """One field of the form. Where its words are long, `most` says how many characters it takes."""

    section: str
    field: str
    label: str
    help: str
    shape: str = Field(description="text, lines, number, choice or choices")
    most: int | None
    choices: list[str]
    asked_for: str = Field(
        description="For which goods it is asked; empty: it may be stated, and nothing waits for it."
    )
    one_of: str = Field(description="Of fields with the same word one will do.")
    restricted: bool = Field(description="Only an accepted giver or channel reads it, and it is purged after the last.")


class ProfileListed(BaseModel):
    """A member whose delivery profile you may read, and the version that you read first; none is stated: version 0."""

    member: str
    version: int
    state: str = Field(description="none, draft (its own people only) or confirmed")
    confirmed_at: datetime | None


class Profile(ProfileListed):
    """How a member takes delivery: what one version states, by name of the field. What is not stated is not in it."""

    saved_at: datetime | None = Field(description="For the member's own people.")
    contact_shown: bool = Field(description="Whether you may read the contact office, if one is stated.")
    answers: dict[str, Answer]


class ProfileAnswer(BaseModel):
    """One field that is stated: its value, and the same in words. Several values of a choice are parted by lines."""

    section: str
    field: str
    label: str
    value: str
    words: str


class ProfileVersion(BaseModel):
    """One version of your own member's profile."""

    version: int
    state: str
    saved_at: datetime
    confirmed_at: datetime | None


class ReadinessTick(BaseModel):
    """One thing that a request waits for: any of these fields of the profile, and whether one of them is stated."""

    fields: list[str]
    done: bool


class ProfileDiscarded(BaseModel):
    """The draft that was thrown away."""

    member: str
    version: int


# ── taken ────────────────────────────────────────────────────────────────────
def _type(field: form.Field) -> Any:
    """What a field takes."""
    codes = tuple(code for code, _label in field.choices)
    if field.shape == "choices":
        return Annotated[list[Literal[codes]], Field(max_length=len(codes))] | None  # type: ignore[valid-type]
    if field.shape == "choice":
        return Literal[codes] | None
    if field.shape == "number":
        return Amount | None
    return Annotated[str, Field(pattern=LINES, max_length=most(field))] | None


def most(field: form.Field) -> int | None:
    """How many characters a field takes; None where it takes no words."""
    return {"text": form.LONGEST_TEXT, "lines": form.LONGEST_LINES}.get(field.shape)


def _answers() -> type[Taken]:
    with override("en"):
        fields: dict[str, Any] = {
            field.name: (_type(field), Field(None, description=str(field.label))) for field in form.FIELDS
        }
    made: type[Taken] = create_model("ProfileAnswers", __base__=Taken, **fields)
    made.__doc__ = "What a profile states, whole: a field that is not sent, is null or empty is not stated."
    return made


if TYPE_CHECKING:
    Answers = Taken
else:
    Answers = _answers()


class ProfileDraft(Taken):
    """What the draft states, whole. Write offices, never the name of a person."""

    answers: Answers

    def stated(self) -> dict[str, Answer]:
        """The values as the service takes them."""
        given: dict[str, Any] = self.answers.model_dump(exclude_none=True)
        return {
            name: value if isinstance(value, (str, list)) else f"{value:f}" for name, value in given.items()
        }  # fmt: skip
