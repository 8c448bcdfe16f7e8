"""The form of receipts: what is on its way to a member, and what its warehouse counts of it."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from unmet.exchange.form import ITEM_WORDS, REMARK_WORDS, UNIT_WORDS, Column, Form

RECEIPTS_FORM: Final = Form(
    "receipts",
    1,
    (
        Column(
            "waybill",
            _("Waybill"),
            "waybill number, air waybill, awb, bill of lading, consignment note, tracking number, "
            "lettre de transport, lettre de transport aérien, lta, connaissement, lettre de voiture, "
            "guía aérea, carta de porte, conocimiento de embarque, guía de remisión, "
            "بوليصة الشحن, سند الشحن, رقم بوليصة الشحن, بوليصة, وثيقة الشحن",
            required=True,
            kind="code",
            given=True,
            help=_("By it the consignment is found"),
        ),
        Column(
            "giver",
            _("From"),
            "giver, donor, sender, shipped by, expéditeur, donateur, envoyé par, "
            "remitente, donante, enviado por, المرسل, المانح, الجهة المانحة",
            kind="name",
            given=True,
        ),
        Column("item", _("Item"), ITEM_WORDS, required=True, kind="item", given=True),
        Column(
            "lot",
            _("Lot"),
            "lot number, lot no, batch, batch number, batch no, numéro de lot, n° de lot, "
            "lote, número de lote, n.º de lote, رقم التشغيلة, الدفعة, رقم الدفعة",
            kind="code",
            given=True,
        ),
        Column(
            "expires",
            _("Expiry date"),
            "expiry, expires, expires on, expiration date, use by, exp date, "
            "péremption, date de péremption, date d'expiration, "
            "vencimiento, fecha de vencimiento, fecha de caducidad, caducidad, الصلاحية, تاريخ الصلاحية",
            kind="date",
            given=True,
        ),
        Column("unit", _("Unit or pack"), UNIT_WORDS, kind="unit", given=True),
        Column(
            "shipped",
            _("Shipped"),
            "sent, packed, shipped quantity, quantity shipped, quantity sent, "
            "expédié, quantité expédiée, quantité envoyée, "
            "enviado, despachado, cantidad enviada, cantidad despachada, الكمية المرسلة, المشحون, الكمية المشحونة",
            kind="quantity",
            given=True,
        ),
        Column(
            "accepted",
            _("Accepted"),
            "accepted quantity, quantity accepted, received, quantity received, "
            "accepté, quantité acceptée, reçu, quantité reçue, "
            "aceptado, cantidad aceptada, recibido, cantidad recibida, المقبول, الكمية المقبولة, الكمية المستلمة",
            required=True,
            kind="quantity",
            help=_("Accepted, rejected and missing make up what was shipped; write 0 where none was accepted"),
        ),
        Column(
            "rejected",
            _("Rejected"),
            "rejected quantity, quantity rejected, refused, rejeté, refusé, quantité rejetée, "
            "rechazado, cantidad rechazada, المرفوض, الكمية المرفوضة",
            kind="quantity",
        ),
        Column(
            "rejected_why",
            _("Why rejected"),
            "reason for rejection, reason rejected, rejection reason, motif du rejet, raison du rejet, "
            "motivo del rechazo, razón del rechazo, سبب الرفض",
            kind="choice",
            help=_("Choose from the list; with “another reason”, say which as the remark"),
        ),
        Column(
            "missing",
            _("Missing"),
            "missing quantity, quantity missing, lost, short, shortage, manquant, manquants, quantité manquante, "
            "faltante, faltantes, cantidad faltante, المفقود, الناقص, الكمية المفقودة",
            kind="quantity",
        ),
        Column(
            "missing_why",
            _("Why missing"),
            "reason missing, reason for shortage, motif du manque, raison du manque, "
            "motivo del faltante, razón del faltante, سبب النقص, سبب الفقد",
            kind="choice",
            help=_("Choose from the list; with “another reason”, say which as the remark"),
        ),
        Column(
            "surplus",
            _("Surplus"),
            "excess, extra, overage, surplus quantity, excédent, en trop, quantité excédentaire, "
            "excedente, sobrante, cantidad sobrante, الفائض, الزيادة, الكمية الفائضة",
            kind="quantity",
            help=_("What came beyond what was shipped"),
        ),
        Column(
            "received_on",
            _("Received on"),
            "date received, date of receipt, receipt date, arrival date, arrived on, reçu le, date de réception, "
            "date d'arrivée, recibido el, fecha de recepción, fecha de llegada, تاريخ الاستلام, تاريخ الوصول",
            kind="date",
            help=_("For example 30 June 2021; once for each consignment is enough"),
        ),
        Column("remark", _("Remark"), REMARK_WORDS),
        Column(
            "correction",
            _("Correction"),
            "corrects, corrected, rectification, corrige, corrección, corregido, تصحيح, التصحيح",
            kind="choice",
            help=_("“Yes” beside each line that you correct; a new receipt then stands in the place of the old one"),
            further=True,
        ),
        Column("line", _("Line of the consignment"), "line id", kind="code", given=True, hidden=True),
    ),
)
# What the warehouse writes; a row in which nothing of this stands says nothing.
FILLED_IN: Final = tuple(column.name for column in RECEIPTS_FORM.columns if not column.given)
# Our lists of receipts have one column more: a row of a receipt that was corrected since is history, and says nothing.
RECEIPTS: Final = (
    *RECEIPTS_FORM.columns,
    Column("superseded", _("corrected by a later one"), "superseded", given=True),
)
