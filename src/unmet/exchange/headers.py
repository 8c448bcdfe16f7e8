"""Which column is which: headers in any of our languages, wherever the table begins on the sheet."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from unmet.exchange.faults import Fault
from unmet.exchange.table import Row
from unmet.methods.fold import fold

SEARCHED_ROWS: Final = 30  # letterheads, titles and notes stand above the header, rarely more than a page of them
_BRACKETS: Final = re.compile(r"[(\[（].*?[)\]）]")
_BILINGUAL: Final = re.compile(r"[/|\n•–]| - ")


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a sheet may have. `words` are other headers for it, parted by commas, in any language."""

    name: str
    title: str | Promise
    words: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a header means; `ours` where it is the title that our own workbooks give the column."""

    field: str
    ours: bool


@dataclass(frozen=True, slots=True)
class Headers:
    """The columns of the sheet that were recognised: `columns` says field -> 0-based column.

    `row` is the number of the header row; `titles` are the headers as written, by column;
    `unknown` are the titled columns that mean nothing to us, so that they can be shown.
    """

    sheet: str
    row: int
    columns: Mapping[str, int]
    titles: tuple[str, ...]
    unknown: tuple[tuple[int, str], ...]

    def title(self, column: int | None) -> str:
        """The header of a column as written; empty where there is none."""
        return self.titles[column] if column is not None and column < len(self.titles) else ""


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A sheet whose columns a person must name: its headers as written, what was found, what was not.

    `row` is the best guess for the header row. `twice` are fields that more than one column could be.
    """

    sheet: str
    row: int
    titles: tuple[str, ...]
    columns: Mapping[str, int]
    missing: tuple[str, ...]
    twice: tuple[str, ...]
    wanted: tuple[Column, ...]

    def faults(self) -> tuple[Fault, ...]:
        """The same as faults of the header row."""
        titles = {column.name: column.title for column in self.wanted}
        return tuple(
            Fault(
                sheet=self.sheet,
                row=self.row,
                column=None,
                column_title="",
                field=names[0],
                value="",
                reason=reason,
                facts={"sheet": self.sheet, "missing": tuple(titles[name] for name in names)},
            )
            for reason, names in (("columns_missing", self.missing), ("columns_twice", self.twice))
            if names
        )


_PLACE_WORDS: Final = (
    "location, area, region, province, district, governorate, state, facility, admin area, admin 1, where, "
    "lieu, endroit, zone, région, département, établissement, "
    "lugar, ubicación, región, provincia, departamento, zona, establecimiento, "
    "المكان, الموقع, المنطقة, المحافظة, الولاية, المرفق, الجهة"
)
_ITEM_WORDS: Final = (
    "item, item code, item name, product, article, name of item, description, supply, commodity, code, "
    "produit, désignation, libellé, nom du produit, code article, "
    "artículo, producto, descripción, nombre del artículo, código del artículo, insumo, "
    "الصنف, المادة, اسم الصنف, رمز الصنف, البند, الوصف, السلعة"
)
_QUANTITY_WORDS: Final = (
    "quantity, qty, amount, quantity needed, quantity requested, number, total, total quantity, needed, how many, "
    "quantité, qté, quantité demandée, quantité requise, nombre, montant, besoin total, "
    "cantidad, cant, cantidad necesaria, cantidad solicitada, número, monto, importe, "
    "الكمية, العدد, الكمية المطلوبة, المطلوب, المبلغ, كمية"
)
_UNIT_WORDS: Final = (
    "unit, pack, unit or pack, unit of measure, uom, measure, packaging, pack size, "
    "unité, conditionnement, unité ou conditionnement, unité de mesure, emballage, "
    "unidad, envase, unidad o envase, unidad de medida, presentación, paquete, "
    "الوحدة, العبوة, الوحدة أو العبوة, وحدة القياس, التعبئة"
)

NEEDS: Final = (
    Column("item", _("Item"), _ITEM_WORDS + ", need, besoin, necesidad, الاحتياج", required=True),
    Column("quantity", _("Quantity"), _QUANTITY_WORDS, required=True),
    Column("unit", _("Unit or pack"), _UNIT_WORDS),
    Column(
        "needed_by",
        _("Needed by"),
        "needed by, needed by date, date needed, required by, required date, due date, deadline, by when, "
        "nécessaire avant, requis avant, date de besoin, échéance, date limite, pour le, avant le, "
        "necesario antes de, necesario para, fecha requerida, fecha límite, fecha en que se necesita, para cuándo, "
        "مطلوب قبل, مطلوب بحلول, تاريخ الحاجة, التاريخ المطلوب, الموعد النهائي, الأجل",
    ),
    Column(
        "rank",
        _("Rank"),
        "rank, priority, order, priority rank, rang, priorité, ordre, prioridad, orden, rango, "
        "الأولوية, الترتيب, الرتبة, مرتبة الأولوية",
    ),
    Column(
        "stock",
        _("Usable stock deducted"),
        "stock, usable stock, stock deducted, stock on hand, in stock, available stock, "
        "stock utilisable, stock disponible, stock déduit, en stock, "
        "existencias, existencias utilizables, existencias deducidas, inventario, "
        "المخزون, المخزون الصالح, المخزون المتاح, المخزون المخصوم",
    ),
    Column(
        "pipeline",
        _("On its way, deducted"),
        "pipeline, pipeline deducted, on order, on its way, in the pipeline, expected deliveries, "
        "en commande, en cours de livraison, en route, livraisons attendues, "
        "en camino, en tránsito, pedidos en curso, entregas previstas, "
        "في الطريق, قيد الطلب, قيد التوريد, الكميات المنتظرة",
    ),
    Column("place", _("Place"), "place, " + _PLACE_WORDS),
    Column(
        "group",
        _("Population group"),
        "group, population, population group, target group, for whom, beneficiaries, "
        "groupe, groupe de population, groupe cible, pour qui, bénéficiaires, "
        "grupo, grupo de población, población, grupo destinatario, para quién, beneficiarios, "
        "الفئة, الفئة السكانية, المجموعة, المستفيدون, الفئة المستهدفة",
    ),
    Column(
        "remark",
        _("Remark"),
        "remarks, note, notes, comment, comments, observations, why, justification, "
        "remarque, remarques, commentaire, commentaires, "
        "observación, observaciones, comentario, comentarios, nota, notas, "
        "ملاحظة, ملاحظات, تعليق, تعليقات",
    ),
)

SUPPORT: Final = (
    Column(
        "giver",
        _("Giver of record"),
        "giver, donor, given by, from, supporter, provider, source, "
        "donateur, bailleur, donné par, fournisseur de l'aide, de la part de, contributeur, "
        "donante, otorgado por, de parte de, contribuyente, proveedor, "
        "المانح, الجهة المانحة, المقدم, مقدم الدعم, الجهة المقدمة",
        required=True,
    ),
    Column(
        "channel",
        _("Channel"),
        "through, via, channelled through, implementing partner, "
        "canal, par l'intermédiaire de, partenaire d'exécution, "
        "a través de, por conducto de, socio implementador, "
        "القناة, عن طريق, عبر, الشريك المنفذ",
    ),
    Column(
        "member",
        _("Member"),
        "member, country, member state, receiving member, receiver, to, for, "
        "membre, pays, état membre, pays destinataire, destinataire, "
        "miembro, país, estado miembro, país destinatario, destinatario, "
        "العضو, البلد, الدولة العضو, الدولة, البلد المستلم",
        required=True,
    ),
    Column("item", _("Item"), _ITEM_WORDS, required=True),
    Column("quantity", _("Quantity"), _QUANTITY_WORDS, required=True),
    Column("unit", _("Unit or pack"), _UNIT_WORDS),
    Column(
        "stage",
        _("Stage"),
        "status, step, state of delivery, étape, stade, statut, état, etapa, fase, estado, المرحلة, الحالة",
        required=True,
    ),
    Column(
        "date",
        _("Date"),
        "date, dated, date of statement, as of, fecha, a fecha de, en date du, à la date du, التاريخ, بتاريخ",
        required=True,
    ),
    Column(
        "expected",
        _("Expected arrival"),
        "expected, eta, expected on, expected date, arrival, estimated arrival, "
        "arrivée prévue, date d'arrivée prévue, attendu le, "
        "llegada prevista, fecha prevista de llegada, esperado el, "
        "الوصول المتوقع, تاريخ الوصول المتوقع, متوقع في",
    ),
    Column(
        "reference",
        _("Reference"),
        "ref, reference number, giver's reference, order number, shipment number, "
        "référence, numéro de référence, réf, referencia, número de referencia, المرجع, رقم المرجع, الرقم المرجعي",
        required=True,
    ),
    Column(
        "need",
        _("Need"),
        "need code, code of the need, besoin, code du besoin, necesidad, código de la necesidad, "
        "الاحتياج, رمز الاحتياج",
    ),
    Column(
        "reason",
        _("Reason"),
        "reason for rejection, why, remark, remarks, comment, motif, raison, remarque, motivo, razón, observación, "
        "السبب, ملاحظة, ملاحظات",
    ),
)


def find_headers(
    rows: Sequence[Row],
    wanted: tuple[Column, ...],
    *,
    mapping: Mapping[str, int] | None = None,
    optional: frozenset[str] = frozenset(),
) -> Headers | Unmapped:
    """The header row among the first rows of a sheet, and what its columns mean.

    The header is the row in which most columns are recognised, the first of those that are
    equally good. A `mapping` made by a person (field -> 0-based column) is taken as it is.
    `optional` are required fields that this caller can do without.
    """
    if not rows:
        return Unmapped("", 1, (), {}, _missing(wanted, {}, optional), (), wanted)
    words = _words(wanted)
    read = [(row, [_meaning(cell, words) for cell in row.cells]) for row in rows[:SEARCHED_ROWS]]
    row, meanings = max(read, key=lambda pair: (len(set(pair[1]) - {None}), -pair[0].number))
    if not any(meanings):
        # No known word anywhere: the row with most texts is what a person most likely calls the header.
        row, meanings = max(read, key=lambda pair: (sum(isinstance(c, str) for c in pair[0].cells), -pair[0].number))
    titles = tuple("" if cell is None else str(cell).strip() for cell in row.cells)
    columns, twice = (dict(mapping), ()) if mapping is not None else _columns(meanings, wanted)
    missing = _missing(wanted, columns, optional)
    if missing or twice:
        return Unmapped(row.sheet, row.number, titles, columns, missing, twice, wanted)
    used = set(columns.values())
    unknown = tuple((column, title) for column, title in enumerate(titles) if title and column not in used)
    return Headers(row.sheet, row.number, columns, titles, unknown)


def _columns(meanings: Sequence[_Meaning | None], wanted: Iterable[Column]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Field -> its column, and the fields that several columns claim equally.

    A column that bears our own title goes before one with another word for it ("Item" before "Description").
    """
    columns: dict[str, int] = {}
    twice = []
    for column in wanted:
        claims = [(index, read.ours) for index, read in enumerate(meanings) if read and read.field == column.name]
        ours = [index for index, is_ours in claims if is_ours]
        best = ours or [index for index, _ in claims]
        if best:
            columns[column.name] = best[0]
        if len(best) > 1:
            twice.append(column.name)
    return columns, tuple(twice)


def _missing(wanted: Iterable[Column], columns: Mapping[str, int], optional: frozenset[str]) -> tuple[str, ...]:
    return tuple(
        column.name
        for column in wanted
        if column.required and column.name not in columns and column.name not in optional
    )


def _meaning(cell: object, words: Mapping[str, _Meaning]) -> _Meaning | None:
    """The field that a header names: as it stands, without what is in brackets, or in one of two languages."""
    if not isinstance(cell, str) or not cell or len(cell) > 200:
        return None
    whole = words.get(fold(cell)) or words.get(fold(_BRACKETS.sub(" ", cell)))
    if whole:
        return whole
    parts = {words.get(fold(_BRACKETS.sub(" ", part))) for part in _BILINGUAL.split(cell)} - {None}
    return parts.pop() if len({part.field for part in parts if part}) == 1 else None


@lru_cache(maxsize=8)
def _words(wanted: tuple[Column, ...]) -> Mapping[str, _Meaning]:
    """Folded header -> field. What our own workbooks say, in every language we speak, is always among them."""
    words: dict[str, _Meaning] = {}
    for column in wanted:
        for word in column.words.split(","):
            words.setdefault(fold(word), _Meaning(column.name, ours=False))
    for language, _name in settings.LANGUAGES:
        with override(language):
            for column in wanted:
                words[fold(str(column.title))] = _Meaning(column.name, ours=True)
    for column in wanted:
        words[fold(column.name.replace("_", " "))] = _Meaning(column.name, ours=True)
    return words
