"""The forms of this house, each defined once: its columns, their titles, order, help and version.

The grid of a page, the workbook, the headers that an import knows and whoever describes the form to a program read it
here, so that none of them lags behind another.
"""

from dataclasses import dataclass
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Kind = Literal["text", "item", "unit", "place", "group", "quantity", "rank", "date", "code", "name", "choice"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a form has. `words` are other headers for it, parted by commas, in any language.

    `kind` says what its cells hold, `help` tells a person what to write, `further` marks what most people leave out:
    it stands on the second sheet of the workbook. `given` are cells that we fill in to be read, `hidden` ones that a
    person need not see.
    """

    name: str
    title: str | Promise
    words: str
    required: bool = False
    kind: Kind = "text"
    help: str | Promise = ""
    further: bool = False
    given: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form: `version` counts up whenever a column comes, goes or changes its meaning."""

    code: str
    version: int
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The fields, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def short(self) -> tuple[Column, ...]:
        """The columns that most people need."""
        return tuple(column for column in self.columns if not column.further)


_PLACE_WORDS: Final = (
    "location, area, region, province, district, governorate, state, facility, admin area, admin 1, where, "
    "lieu, endroit, zone, région, département, établissement, "
    "lugar, ubicación, región, provincia, departamento, zona, establecimiento, "
    "المكان, الموقع, المنطقة, المحافظة, الولاية, المرفق, الجهة"
)
ITEM_WORDS: Final = (
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
UNIT_WORDS: Final = (
    "unit, pack, unit or pack, unit of measure, uom, measure, packaging, pack size, "
    "unité, conditionnement, unité ou conditionnement, unité de mesure, emballage, "
    "unidad, envase, unidad o envase, unidad de medida, presentación, paquete, "
    "الوحدة, العبوة, الوحدة أو العبوة, وحدة القياس, التعبئة"
)

REMARK_WORDS: Final = (
    "remarks, note, notes, comment, comments, observations, why, justification, "
    "remarque, remarques, commentaire, commentaires, "
    "observación, observaciones, comentario, comentarios, nota, notas, "
    "ملاحظة, ملاحظات, تعليق, تعليقات"
)

NEEDS_FORM: Final = Form(
    "needs",
    1,
    (
        Column(
            "item",
            _("Item"),
            ITEM_WORDS + ", need, besoin, necesidad, الاحتياج",
            required=True,
            kind="item",
            help=_("Your own words are fine"),
        ),
        Column(
            "quantity",
            _("Quantity"),
            _QUANTITY_WORDS,
            required=True,
            kind="quantity",
            help=_("For the whole period, less usable stock and what is on its way"),
        ),
        Column("unit", _("Unit or pack"), UNIT_WORDS, kind="unit", help=_("Empty: the base unit")),
        Column(
            "needed_by",
            _("Needed by"),
            "needed by, needed by date, date needed, required by, required date, due date, deadline, by when, "
            "nécessaire avant, requis avant, date de besoin, échéance, date limite, pour le, avant le, "
            "necesario antes de, necesario para, fecha requerida, fecha límite, fecha en que se necesita, para cuándo, "
            "مطلوب قبل, مطلوب بحلول, تاريخ الحاجة, التاريخ المطلوب, الموعد النهائي, الأجل",
            kind="date",
            help=_("For example 30 June 2021; empty: the end of the period"),
        ),
        Column(
            "rank",
            _("Rank"),
            "rank, priority, order, priority rank, rang, priorité, ordre, prioridad, orden, rango, "
            "الأولوية, الترتيب, الرتبة, مرتبة الأولوية",
            kind="rank",
            help=_("1 is the most urgent"),
        ),
        Column(
            "stock",
            _("Usable stock deducted"),
            "stock, usable stock, stock deducted, stock on hand, in stock, available stock, "
            "stock utilisable, stock disponible, stock déduit, en stock, "
            "existencias, existencias utilizables, existencias deducidas, inventario, "
            "المخزون, المخزون الصالح, المخزون المتاح, المخزون المخصوم",
            kind="quantity",
            help=_("For your information only; never public"),
        ),
        Column(
            "remark",
            _("Remark"),
            REMARK_WORDS,
        ),
        Column(
            "place",
            _("Place"),
            "place, " + _PLACE_WORDS,
            kind="place",
            help=_("Empty: the whole country"),
            further=True,
        ),
        Column(
            "group",
            _("Population group"),
            "group, population, population group, target group, for whom, beneficiaries, "
            "groupe, groupe de population, groupe cible, pour qui, bénéficiaires, "
            "grupo, grupo de población, población, grupo destinatario, para quién, beneficiarios, "
            "الفئة, الفئة السكانية, المجموعة, المستفيدون, الفئة المستهدفة",
            kind="group",
            help=_("Empty: everyone"),
            further=True,
        ),
        Column(
            "gross",
            _("Gross quantity"),
            "gross, gross need, gross requirement, need before deductions, gross quantity needed, "
            "brut, besoin brut, quantité brute, besoins bruts, "
            "bruto, necesidad bruta, cantidad bruta, necesidades brutas, "
            "الإجمالي, الاحتياج الإجمالي, الكمية الإجمالية, إجمالي الاحتياج",
            kind="quantity",
            help=_("Before usable stock and what is on its way are taken off"),
            further=True,
        ),
        Column(
            "pipeline",
            _("On its way, deducted"),
            "pipeline, pipeline deducted, on order, on its way, in the pipeline, expected deliveries, "
            "en commande, en cours de livraison, en route, livraisons attendues, "
            "en camino, en tránsito, pedidos en curso, entregas previstas, "
            "في الطريق, قيد الطلب, قيد التوريد, الكميات المنتظرة",
            kind="quantity",
            help=_("What you took off because it is on its way"),
            further=True,
        ),
        Column(
            "method",
            _("Method"),
            "method of calculation, calculation method, how calculated, basis of the estimate, quantification method, "
            "méthode, méthode de calcul, mode de calcul, méthode de quantification, "
            "método, método de cálculo, método de cuantificación, "
            "الطريقة, طريقة الحساب, طريقة التقدير, المنهجية",
            help=_("How you found the gross quantity, for example from consumption or from cases"),
            further=True,
        ),
    ),
)
NEEDS: Final = NEEDS_FORM.columns

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
    Column("item", _("Item"), ITEM_WORDS, required=True),
    Column("quantity", _("Quantity"), _QUANTITY_WORDS, required=True),
    Column("unit", _("Unit or pack"), UNIT_WORDS),
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
    Column(
        "meant",
        _("Meant all the same"),
        "meant, all the same, on purpose, more than needed, intended, "
        "voulu malgré tout, voulu quand même, quand même, à dessein, "
        "querido de todos modos, de todos modos, a propósito, "
        "مقصود مع ذلك, مقصود على أي حال, مقصود, عن قصد",
    ),
)
