"""The kinds of refusal that a client may meet: what each means, and what a client does about it (RFC 9457)."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

ADDRESS: Final = "/api/v1/problems/"
Text = str | Promise


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of refusal. `meaning` says what it is and `remedy` what a client does about it: its page."""

    code: str
    status: int
    title: Text
    meaning: Text
    remedy: Text

    @property
    def address(self) -> str:
        """What `type` holds: the address of its page."""
        return ADDRESS + self.code


KINDS: Final[dict[str, Kind]] = {
    kind.code: kind
    for kind in (
        Kind(
            "bad-request", 400, gettext_lazy("The request is not as described"),
            gettext_lazy(
                "A parameter, a header or a field of the body is unknown, missing or of another form than the "
                "description of the API says; or the body is no JSON, too deep, or names a field twice."
            ),
            gettext_lazy("Read `errors`: each names the place and what is wrong there. Then send it again."),
        ),
        Kind(
            "no-token", 401, gettext_lazy("A token is needed"),
            gettext_lazy(
                "No token was sent, or none stands behind what was sent: it is unknown, has expired or was ended."
            ),
            gettext_lazy(
                "Make a token on the page “Tokens for programs” of your settings, and send it as "
                "“Authorization: Bearer …”. A cookie is never accepted."
            ),
        ),
        Kind(
            "scope-missing", 403, gettext_lazy("The token has no scope for this"),
            gettext_lazy("The token is good, but its owner did not give it the scope that this operation needs."),
            gettext_lazy("Make a token with that scope, if your appointment allows it."),
        ),
        Kind(
            "second-factor-missing", 403, gettext_lazy("The owner of the token has no second factor"),
            gettext_lazy(
                "Approvers and coordination sign in with two factors, and their programs are no way around that. The "
                "owner of this token has no second factor now, so the token does nothing."
            ),
            gettext_lazy("Set up a second factor on the page of your settings. The token works again at once."),
        ),
        Kind(
            "not-allowed", 403, gettext_lazy("This person may not do this"),
            gettext_lazy("No appointment that stands today allows it for this party. Nothing was changed."),
            gettext_lazy("Ask your own office who is appointed for it."),
        ),
        Kind(
            "not-found", 404, gettext_lazy("There is nothing here, or not for you"),
            gettext_lazy("It does not exist, or it is not for you to see. The answer is the same for both."),
            gettext_lazy("Check the address and the codes, and for whom the token acts."),
        ),
        Kind(
            "method-not-allowed", 405, gettext_lazy("This address does not take this method"),
            gettext_lazy("The address exists, but not with this method. The header `Allow` names those it takes."),
            gettext_lazy("Read the description of the API."),
        ),
        Kind(
            "not-acceptable", 406, gettext_lazy("This cannot be answered in that form"),
            gettext_lazy("The API answers in JSON, lists also in CSV; the header `Accept` takes neither."),
            gettext_lazy("Send `Accept: application/json`, or `Accept: text/csv` for a list."),
        ),
        Kind(
            "state", 409, gettext_lazy("It is not in a state for this"),
            gettext_lazy(
                "What was asked for is not possible as things stand: the round is not open, the return was decided, "
                "or more would be taken away than is there. Nothing was changed."
            ),
            gettext_lazy("Read it again, and decide then."),
        ),
        Kind(
            "changed-meanwhile", 412, gettext_lazy("It has changed meanwhile"),
            gettext_lazy(
                "The `ETag` in `If-Match` is not that of the present version: somebody changed it since you read it. "
                "Nothing was changed."
            ),
            gettext_lazy("Read it again, and send the new `ETag` if you still want this."),
        ),
        Kind(
            "too-large", 413, gettext_lazy("The request is too large"),
            gettext_lazy("The body, the file, or the number of lines is above the limit. Nothing was read."),
            gettext_lazy("Send it in parts, or as a table by `/api/v1/files/needs`."),
        ),
        Kind(
            "media-type", 415, gettext_lazy("The body is of another type"),
            gettext_lazy("The body must be JSON; a table is sent as a form with a file."),
            gettext_lazy("Send `Content-Type: application/json`, or `multipart/form-data` for a file."),
        ),
        Kind(
            "refused", 422, gettext_lazy("It is understood, and refused by a rule"),
            gettext_lazy("The request has the right form, but one of the rules of the house refuses what it says."),
            gettext_lazy("`detail` says which rule and what to do."),
        ),
        Kind(
            "faults", 422, gettext_lazy("Some lines need attention"),
            gettext_lazy(
                "Lines or cells were refused, so nothing was written. `faults` has one entry for each, the same as "
                "the command line and the pages give: where, the value as typed, why, and what to do."
            ),
            gettext_lazy("Correct the lines, or ask for the good rows only. Then send it again."),
        ),
        Kind(
            "file-unreadable", 422, gettext_lazy("The file is not a table that we read"),
            gettext_lazy("The file is damaged, encrypted, too large when unpacked, or no table. Nothing was written."),
            gettext_lazy("`detail` says what is wrong. Save it as .xlsx, .ods or .csv and send it again."),
        ),
        Kind(
            "key-reused", 422, gettext_lazy("This key was used for another request"),
            gettext_lazy("The `Idempotency-Key` came before with another address or body. Nothing was changed."),
            gettext_lazy("Make a new key for each new request; keep the key when you send the same request again."),
        ),
        Kind(
            "cursor", 422, gettext_lazy("This cursor is not one of ours"),
            gettext_lazy("A cursor is taken from the `next` link of the same list and is never made or changed."),
            gettext_lazy("Begin again without a cursor, and follow the `next` links."),
        ),
        Kind(
            "if-match-missing", 428, gettext_lazy("Say which version you have read"),
            gettext_lazy("What can be changed by others is changed only with the header `If-Match`."),
            gettext_lazy("Read it first, and send its `ETag` as `If-Match`."),
        ),
        Kind(
            "too-often", 429, gettext_lazy("Too many requests"),
            gettext_lazy(
                "More requests came within a minute than the limit for this token or, without a token, for this "
                "network address. The pages have no such limit."
            ),
            gettext_lazy("Wait as many seconds as the header `Retry-After` says."),
        ),
        Kind(
            "fault-of-ours", 500, gettext_lazy("A fault of ours"),
            gettext_lazy("Something went wrong here. A request that should change something changed nothing."),
            gettext_lazy("Send it again later, with the same `Idempotency-Key`. If it stays, tell the operator."),
        ),
    )
}  # fmt: skip
