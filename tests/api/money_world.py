"""What the tests of money in the API share: everybody's programs, deeds with the version that stands, refusals."""

from typing import Any

from tests import make
from tests.api.calls import Program, open_round, today, token
from unmet.access.models import Role

RATE = {"rate": "1.0824", "quoted": "usd_per_unit", "dated_on": str(today()), "source": "ECB"}
DEEDS: dict[str, Any] = {
    "advance": {"stage": "paid", "amount": "1", "dated_on": str(today())},
    "addition": {"stage": "paid", "amount": "1", "dated_on": str(today())},
    "taking-back": {"stage": "paid", "amount": "1", "dated_on": str(today()), "reason": "x"},
    "publication": None, "hiding": None, "naming": {"named": True},
}  # fmt: skip


class World:
    """Cuba gives Zambia money through WHO; UNICEF has nothing to do with it."""

    def __init__(self) -> None:
        open_round()
        self.source, self.clerk = Program(token(make.approver("CUB"))), Program(token(make.focal_point("CUB")))
        self.zambia, self.focal = Program(token(make.approver("ZMB"))), Program(token(make.focal_point("ZMB")))
        self.who = Program(token(make.person(Role.RESPONDER, "WHO")))
        self.unicef = Program(token(make.person(Role.RESPONDER, "UNICEF")))
        self.number = 0

    def body(self, **changes: Any) -> dict[str, Any]:
        """US$ 5,000.50, pledged."""
        self.number += 1
        return {
            "source": "CUB", "destinations": ["ZMB"], "stage": "pledge", "amount": "5000.50", "currency": "USD",
            "dated_on": str(today()), "reference": f"G-{self.number}", "emergency": "test-emergency", "via": "who",
            "channel": "WHO", "text": "For nurses", "fact_source": "Letter 7",
        } | changes  # fmt: skip

    def stated(self, **changes: Any) -> dict[str, Any]:
        """Money that was stated."""
        answer = self.clerk.post("/money", self.body(**changes))
        assert answer.status_code == 201, answer.content.decode()
        assert answer.headers["Location"].endswith(answer.json()["id"])
        return answer.json()

    def do(self, deed: str, of: dict[str, Any], body: Any = None, *, by: Program | None = None, **heads: str) -> Any:
        """A deed with the version that stands now."""
        by = by or self.source
        tag = by.get(f"/money/{of['id']}").headers.get("ETag", '"none"')
        return by.post(f"/money/{of['id']}/{deed}", body, **({"If_Match": tag} | heads))

    def step(self, deed: str, of: dict[str, Any], stage: str, amount: str, **more: Any) -> Any:
        """Advance, addition or taking back."""
        reason = {"reason": "Typed wrongly"} if deed == "taking-back" else {}
        return self.do(deed, of, {"stage": stage, "amount": amount, "dated_on": str(today())} | reason | more)

    def paid(self, **changes: Any) -> dict[str, Any]:
        """Money that was paid at once."""
        return self.stated(stage="paid", **changes)
