"""Every refusal of money as a sentence: what it was, and what to do."""

from django.utils.translation import gettext as _

from unmet.support.flow_rules import FlowRefused


def sentence(refused: FlowRefused) -> str:
    """Why nothing was written, and what to do, in the reader's language."""
    return {**_ends(), **_amounts(), **_states()}[refused.reason]


def too_fine(currency: str) -> str:
    """An amount has more decimals than its currency."""
    return _("Amounts of %(currency)s have no so small parts. Write fewer decimals.") % {"currency": currency}


def _ends() -> dict[str, str]:
    return {
        "reference": _("Write a reference of at most 80 characters. By it the same money is known again."),
        "known": _("This reference stands already with other particulars. Open that money, or use another reference."),
        "not_money": _("This is no offer of money. What comes of it is stated as support."),
        "taken_back": _("What was accepted here was taken back, so there is no money to state."),
        "nobody": _("Choose at least one party that the money is for."),
        "itself": _("The money cannot be for its own source."),
        "outside": _("Neither the source nor a destination is a member, so this money is not counted here."),
        "mixed": _("Some of these are members and some are not. State them apart: they cross another boundary."),
        "channel": _(
            "Choose the party that it goes through, another one than its source and its destinations; none if it goes "
            "directly."
        ),
        "channel_kind": _(
            "This party is not such a channel. Through WHO it goes by the World Health Organization, through a fund by "
            "a fund or a development bank; else choose “through another party”."
        ),
        "passes_on": _("This is not money that your party was given to pass on to these destinations."),
        "need": _("This need is not one that you see of a party the money is for."),
    }


def _amounts() -> dict[str, str]:
    return {
        "currency": _("Choose the currency."),
        "amount": _("Write an amount above zero."),
        "too_large": _("This amount is too large to be one flow of money. Please check it."),
        "more_than_stands": _("This is more than what stands there now. Write at most that much."),
        "rate": _("No rate is known here for that day. Write the rate that you used, its day and its source."),
        "rate_wrong": _("Write a rate above zero, such as 1.0824."),
        "rate_source": _("Say where the rate was published, such as the central bank."),
        "before": _("This day is before the day from which the amount stands there. Write that day or a later one."),
        "future": _("This day is still to come. Write the day on which it happened."),
    }


def _states() -> dict[str, str]:
    return {
        "stage": _("Choose how far the money has come."),
        "move_on": _("Money stands at an earlier stage. Move that on instead, so that nothing is counted twice."),
        "changed": _("This money was changed meanwhile, perhaps by pressing twice. Please read how it stands now."),
        "why": _("Please write why."),
        "too_long": _("The text is too long. Shorten it."),
        "not_paid": _("Nothing that was paid stands there any more."),
        "public": _("It is public already."),
        "not_public": _("It is not public."),
        "named": _("It stands so already."),
        "shipped": _("This rate came with the product, or a colleague took it out already. Enter a newer one instead."),
    }
