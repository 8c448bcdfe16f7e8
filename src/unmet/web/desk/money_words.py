"""The field of a form that a refusal of money is about, beside the sentences, which the API says too."""

from unmet.exchange.flow_refusals import sentence as sentence

# reason → name of the field that a form shows it at; the others stand above the form
FIELD = {
    "reference": "reference", "known": "reference", "nobody": "destinations", "itself": "destinations",
    "outside": "destinations", "mixed": "destinations", "channel": "channel", "passes_on": "passes_on",
    "currency": "currency", "amount": "amount", "too_large": "amount", "more_than_stands": "amount", "rate": "rate",
    "rate_wrong": "rate", "rate_source": "rate_source", "future": "dated_on", "why": "reason", "stage": "stage",
    "move_on": "stage", "channel_kind": "channel", "before": "dated_on",
}  # fmt: skip
