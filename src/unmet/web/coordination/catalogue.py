"""The catalogue: list, item, and the forms that add, correct, retire and merge. What is typed is never lost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from unmet.access.may import Deed
from unmet.catalogue import search
from unmet.catalogue.models import Item, ItemAlias, ItemCode, Pack, Price, Sector, Unit
from unmet.figures.order import by_name
from unmet.needs import catalogue_details, catalogue_items, catalogue_kits, catalogue_units
from unmet.needs.catalogue_changes import LANGUAGES, CatalogueRefused, ItemChanged
from unmet.needs.catalogue_details import PackEntry
from unmet.needs.catalogue_items import ItemEntry
from unmet.web import carried
from unmet.web.coordination.catalogue_forms import (
    FIELD_OF,
    AliasForm,
    CodeForm,
    ContentsForm,
    ItemForm,
    PackForm,
    PriceForm,
    RetireForm,
    UnitForm,
    as_typed,
    factor_words,
    sentence,
)  # fmt: skip
from unmet.web.coordination.doors import REFUSED, only_for
from unmet.web.requests import PersonRequest

_coordination = only_for(Deed.EDIT_CATALOGUE)
_CHANGED: Final = 409


# ── reading ──────────────────────────────────────────────────────────────────
@_coordination
@require_GET
def page(request: PersonRequest) -> HttpResponse:
    """All items, A to Z, or those that bear some words, of a sector, or retired."""
    q, sector, state = (request.GET.get(name, "").strip()[:100] for name in ("q", "sector", "state"))
    found = Item.objects.select_related("base_unit", "sector", "successor")
    if sector:
        found = found.filter(sector__code=sector)
    if state in ("used", "retired"):
        found = found.filter(retired_on__isnull=state == "used")
    things = search.items().find(q).things if q else ()
    rows = by_name(found.filter(pk__in=things) if q else found)
    if q:
        rows.sort(key=lambda item: things.index(item.pk))
    context = {"rows": rows, "q": q, "sector": sector, "state": state, "sectors": by_name(Sector.objects.all())}
    return render(request, "web/coordination/catalogue.html", context)


def _item(code: str) -> Item:
    return get_object_or_404(Item.objects.select_related("base_unit", "sector", "successor"), code=code)


@_coordination
@require_GET
def one(request: PersonRequest, code: str) -> HttpResponse:
    """An item with all that belongs to it, and what a change of it touches."""
    item = _item(code)
    contents: dict[str, list[Any]] = {}
    for row in item.contents.select_related("item__base_unit").order_by("edition", "pk"):
        contents.setdefault(row.edition, []).append(row)
    context = {
        "item": item,
        "names": [(language, getattr(item, f"name_{language}")) for language, _name in settings.LANGUAGES],
        "touched": catalogue_items.touched(item),
        "used": catalogue_items.in_use(item),
        "packs": item.packs.order_by("factor", "pk"),
        "codes": item.codes.order_by("system", "code"),
        "aliases": item.aliases.order_by("language", "text"),
        "prices": item.prices.order_by("-dated_on", "pk"),
        "contents": contents,
        "predecessors": by_name(item.predecessors.all()),
    }
    return render(request, "web/coordination/catalogue_item.html", context)


# ── forms ────────────────────────────────────────────────────────────────────
def _form_page(request: PersonRequest, form: Any, *, title: str, button: str, **more: Any) -> HttpResponse:
    """A form by itself. With `theirs` it is the page that shows what was typed beside what stands."""
    context = {"form": form, "title": title, "button": button, **more}
    status = _CHANGED if more.get("theirs") is not None else REFUSED if form.errors else 200
    return render(request, "web/coordination/catalogue_form.html", context, status=status)


def _refuse(form: Any, refused: CatalogueRefused) -> None:
    field = f"name_{refused.about}" if refused.reason == "name" else FIELD_OF.get(refused.reason)
    form.add_error(field if field in form.fields else None, sentence(refused))


def _entry(form: ItemForm, code: str) -> ItemEntry:
    said = form.cleaned_data
    return ItemEntry(
        code=code, names=form.names, kind=said["kind"], base_unit=said["base_unit"], sector=said["sector"],
        whole=said["whole"], flags=" ".join(said["flags"]), source=said["source"],
    )  # fmt: skip


@_coordination
def new(request: PersonRequest) -> HttpResponse:
    """Add an item."""
    form = ItemForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            item = catalogue_items.add_item(
                _entry(form, form.cleaned_data["code"].strip().upper()), by=request.user, at=request.at
            )
            messages.success(
                request, _("%(name)s is in the catalogue. Members may ask for it now.") % {"name": item.name}
            )
            return redirect("catalogue_item", item.code)
        except CatalogueRefused as refused:
            _refuse(form, refused)
    return _form_page(request, form, title=_("Add an item"), button=_("Add this item for all members"))


@_coordination
def edit(request: PersonRequest, code: str) -> HttpResponse:
    """Correct an item. Where somebody else was quicker, what was typed stays beside what stands now."""
    item, theirs = _item(code), None
    form = ItemForm(request.POST or None, item=item)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            catalogue_items.correct_item(item, _entry(form, code), version=version, by=request.user, at=request.at)
            messages.success(request, _("The item is corrected. An upgrade does not change it back."))
            return redirect("catalogue_item", code)
        except ItemChanged as changed:
            theirs = _beside(form, changed.theirs)
            _take_version(form, changed)
        except CatalogueRefused as refused:
            _refuse(form, refused)
    return _form_page(
        request, form, title=_("Correct %(name)s") % {"name": item.name}, button=_("Correct this item for all members"),
        item=item, touched=catalogue_items.touched(item), theirs=theirs,
    )  # fmt: skip


def _beside(form: ItemForm, theirs: Item) -> list[tuple[str, str, str]]:
    """Label, what was typed, what stands now: of each field in which the two differ."""
    standing = as_typed(theirs)
    rows = []
    for name, field in form.fields.items():
        typed, now = form[name].value(), standing.get(name)
        if name != "version" and _said(field, typed) != _said(field, now):
            rows.append((str(field.label), _said(field, typed), _said(field, now)))
    return rows


def _said(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.BooleanField):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple):
        return ", ".join(sorted(map(str, value)))
    return str(value if value is not None else "").strip()


@_coordination
def retire(request: PersonRequest, code: str) -> HttpResponse:
    """Retire an item, or merge it into another one: what it touches first, then the button."""
    item = _item(code)
    form = RetireForm(request.POST or None, initial={"version": item.version})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            catalogue_items.retire_item(
                item, successor=said["successor"], reason=said["reason"], version=said["version"], by=request.user,
                at=request.at,
            )  # fmt: skip
            messages.success(request, _("The item is retired. Its open needs count under it until they are restated."))
            return redirect("catalogue_item", code)
        except CatalogueRefused as refused:
            _refuse(form, refused)
        except ItemChanged as changed:
            _changed(form, changed)
    return _form_page(
        request, form, title=_("Retire or merge %(name)s") % {"name": item.name}, item=item,
        button=_("Retire this item for all members"), touched=catalogue_items.touched(item),
    )  # fmt: skip


def _changed(form: Any, changed: ItemChanged) -> None:
    """Somebody else was quicker: nothing is written, what was typed stays, and the button may be pressed again."""
    form.add_error(None, _("Somebody else changed this item meanwhile. Look at it, then press the button again."))
    _take_version(form, changed)


def _take_version(form: Any, changed: ItemChanged) -> None:
    """The form counts from what stands now: pressed again, it says so with open eyes."""
    form.data = form.data.copy()
    form.data["version"] = str(changed.theirs.version)


@require_POST
@_coordination
def bring_back(request: PersonRequest, code: str) -> HttpResponse:
    """Put a retired item to use again."""
    item = _item(code)
    try:
        catalogue_items.bring_back_item(item, version=_version(request), by=request.user, at=request.at)
        messages.success(request, _("The item is in use again."))
    except CatalogueRefused as refused:
        messages.error(request, sentence(refused))
    except ItemChanged:
        messages.error(request, _("Somebody else changed this item meanwhile. Nothing was done."))
    return redirect("catalogue_item", code)


def _version(request: PersonRequest) -> int:
    return carried.number(request.POST.get("version", ""), digits=carried.VERSION) or 0


# ── packs, codes, names, prices ──────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class _Part:
    """One kind of thing that belongs to an item: its form, its title, and the service that adds one."""

    form: type[forms.Form]
    model: type[Pack] | type[ItemCode] | type[ItemAlias] | type[Price]
    title: Any
    add: Callable[[Item, Mapping[str, Any], PersonRequest], object]


def _add_pack(item: Item, said: Mapping[str, Any], request: PersonRequest) -> object:
    return _save_pack(item, None, said, request)


def _save_pack(item: Item, pack: Pack | None, said: Mapping[str, Any], request: PersonRequest) -> object:
    entry = PackEntry(
        {language: said[f"name_{language}"] for language in LANGUAGES}, said["factor"], said["aliases"], said["source"],
        said["weight_kg"], said["volume_l"], said["measured_on"], said["measured_source"],
    )  # fmt: skip
    return catalogue_details.save_pack(item, entry, pack=pack, version=said["version"], by=request.user, at=request.at)


def _add_code(item: Item, said: Mapping[str, Any], request: PersonRequest) -> object:
    return catalogue_details.add_code(item, **said, by=request.user, at=request.at)


def _add_alias(item: Item, said: Mapping[str, Any], request: PersonRequest) -> object:
    return catalogue_details.add_alias(item, **said, by=request.user, at=request.at)


def _add_price(item: Item, said: Mapping[str, Any], request: PersonRequest) -> object:
    return catalogue_details.add_price(item, **said, by=request.user, at=request.at)


PARTS: Final[dict[str, _Part]] = {
    "packs": _Part(PackForm, Pack, gettext_lazy("Add a pack of %(name)s"), _add_pack),
    "codes": _Part(CodeForm, ItemCode, gettext_lazy("Add a code of %(name)s"), _add_code),
    "names": _Part(AliasForm, ItemAlias, gettext_lazy("Add another name of %(name)s"), _add_alias),
    "prices": _Part(PriceForm, Price, gettext_lazy("Add a price of %(name)s"), _add_price),
}


@_coordination
def add_part(request: PersonRequest, code: str, part: str) -> HttpResponse:
    """Add a pack, code, name or price to an item."""
    item, kind = _item(code), PARTS.get(part)
    if kind is None:
        raise Http404
    form = kind.form(request.POST or None, initial={"version": item.version})
    if request.method == "POST" and form.is_valid() and _done(form, lambda: kind.add(item, form.cleaned_data, request)):
        messages.success(request, _("It is added to the item."))
        return redirect("catalogue_item", code)
    title = str(kind.title) % {"name": item.name}
    return _form_page(request, form, title=title, button=_("Add this for all members"), item=item)


@_coordination
def edit_pack(request: PersonRequest, code: str, pk: int) -> HttpResponse:
    """Correct a pack."""
    item = _item(code)
    pack = get_object_or_404(item.packs, pk=pk)
    names = {f"name_{language}": getattr(pack, f"name_{language}") for language in LANGUAGES}
    standing = {
        "factor": factor_words(pack.factor), "aliases": pack.aliases, "source": pack.source,
        "weight_kg": factor_words(pack.weight_g) if pack.weight_g else "",
        "volume_l": factor_words(pack.volume_cm3) if pack.volume_cm3 else "",
        "measured_on": pack.measured_on or "", "measured_source": pack.measured_source,
    }  # fmt: skip
    form = PackForm(request.POST or None, initial={**names, **standing, "version": item.version})
    save = lambda: _save_pack(item, pack, form.cleaned_data, request)  # noqa: E731 - done only if the form is valid
    if request.method == "POST" and form.is_valid() and _done(form, save):
        messages.success(request, _("The pack is corrected. Lines stated before keep what they were stated with."))
        return redirect("catalogue_item", code)
    title = _("Correct %(name)s") % {"name": pack.name}
    return _form_page(request, form, title=title, button=_("Correct this pack for all members"), item=item)


def _done(form: forms.Form, act: Callable[[], object]) -> bool:
    try:
        act()
    except CatalogueRefused as refused:
        _refuse(form, refused)
        return False
    except ItemChanged as changed:
        _changed(form, changed)
        return False
    return True


@require_POST
@_coordination
def drop_part(request: PersonRequest, code: str, part: str, pk: int) -> HttpResponse:
    """Take a pack, code, name or price out."""
    item, kind = _item(code), PARTS.get(part)
    if kind is None:
        raise Http404
    row: Any = get_object_or_404(kind.model._default_manager.select_related("item"), item=item, pk=pk)
    try:
        catalogue_details.drop(row, version=_version(request), by=request.user, at=request.at)
        messages.success(request, _("It is taken out. What used it before keeps what it copied."))
    except ItemChanged:
        messages.error(request, _("Somebody else changed this item meanwhile. Nothing was done."))
    return redirect("catalogue_item", code)


@_coordination
def contents(request: PersonRequest, code: str) -> HttpResponse:
    """What a kit holds, by edition: the whole list of an edition at once."""
    item = _item(code)
    edition = request.GET.get("edition", "")[:40]
    rows = item.contents.select_related("item").filter(edition=edition).order_by("pk") if edition else ()
    lines = "\n".join(f"{factor_words(row.quantity)} {row.item.code if row.item else row.words}" for row in rows)
    form = ContentsForm(request.POST or None, initial={"edition": edition, "lines": lines, "version": item.version})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if _done(form, lambda: catalogue_kits.save_contents(item, **said, by=request.user, at=request.at)):
            messages.success(request, _("The contents of the kit are saved."))
            return redirect("catalogue_item", code)
    title = _("Contents of %(name)s") % {"name": item.name}
    return _form_page(request, form, title=title, button=_("Save the contents for all members"), item=item)


# ── units ────────────────────────────────────────────────────────────────────
@_coordination
def units(request: PersonRequest) -> HttpResponse:
    """All base units, and the form that adds one or corrects the one named in the address."""
    code = request.GET.get("unit", "")[:20]
    unit = get_object_or_404(Unit, code=code) if code else None
    names = {f"name_{language}": getattr(unit, f"name_{language}") for language in LANGUAGES} if unit else {}
    initial = {**names, "code": unit.code, "aliases": unit.aliases} if unit else {}
    form = UnitForm(request.POST or None, initial=initial)
    if unit:
        form.fields["code"].required = False
        form.fields["code"].widget = forms.HiddenInput()
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            saved = catalogue_units.save_unit(
                unit=unit, code=said["code"], names=form.names, aliases=said["aliases"], by=request.user, at=request.at
            )
            messages.success(request, _("The unit %(name)s is saved.") % {"name": saved.name})
            return redirect("catalogue_units")
        except CatalogueRefused as refused:
            _refuse(form, refused)
    context = {"form": form, "unit": unit, "rows": by_name(Unit.objects.all())}
    return render(request, "web/coordination/catalogue_units.html", context, status=REFUSED if form.errors else 200)
