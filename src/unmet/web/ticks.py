"""A list of ticks for several of many: in a box that scrolls, so that a form stays short.

A list box that takes several asks for a key to be held down, and loses all that was chosen by one press without it.
"""

from django import forms


class Ticks(forms.CheckboxSelectMultiple):
    """Ticks in a box of a fixed height; `web/_field.html` asks `boxed`."""

    boxed = True
