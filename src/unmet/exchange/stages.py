"""The stages of support in the words of our four languages."""

from collections.abc import Mapping
from typing import Final

from unmet.methods.fold import fold
from unmet.support.lines import ALLOCATED, COMMITTED, IN_TRANSIT, MISSING, PLEDGED, RECEIVED, REJECTED

_WORDS: Final = {
    PLEDGED: (
        "pledged,pledge,promised,announced,offered,"
        "promis,promesse,annoncé,annonce de contribution,offert,"
        "prometido,promesa,anunciado,ofrecido,"
        "متعهد به,المتعهد به,تعهد,تعهدات,موعود,معلن,معروض"
    ),
    ALLOCATED: (
        "allocated,allocation,reserved,earmarked,"
        "alloué,attribué,réservé,allocation,attribution,"
        "asignado,asignación,reservado,"
        "مخصص,المخصص,تخصيص,محجوز"
    ),
    COMMITTED: (
        "committed,commitment,accepted,agreed,confirmed,"
        "engagé,engagement,accepté,convenu,confirmé,"
        "comprometido,compromiso,aceptado,acordado,confirmado,"
        "ملتزم به,الملتزم به,التزام,مقبول,متفق عليه,مؤكد"
    ),
    IN_TRANSIT: (
        "in transit,transit,shipped,dispatched,despatched,sent,on its way,on the way,under way,en route,"
        "expédié,en transit,en cours d'acheminement,envoyé,en chemin,"
        "en tránsito,enviado,despachado,en camino,expedido,"
        "في الطريق,قيد النقل,قيد الشحن,مشحون,مرسل,تم الشحن,أرسل"
    ),
    RECEIVED: (
        "received,receipt,delivered,arrived,"
        "reçu,reçue,reçus,livré,arrivé,réceptionné,"
        "recibido,recibida,entregado,llegado,"
        "مستلم,المستلم,تم الاستلام,استلم,وصل,مسلم,تم التسليم"
    ),
    REJECTED: ("rejected,refused,returned,rejeté,refusé,retourné,rechazado,rehusado,devuelto,مرفوض,المرفوض,رفض,معاد"),
    MISSING: (
        "missing,lost,short,stolen,manquant,perdu,volé,faltante,perdido,extraviado,robado,مفقود,المفقود,ناقص,ضائع"
    ),
}

STAGES: Final[Mapping[str, str]] = {
    **{fold(word): stage for stage, words in _WORDS.items() for word in words.split(",")},
    **{fold(stage): stage for stage in _WORDS},
}


def find_stage(text: str) -> str | None:
    """The stage that the words name; None where they name none. A stage is never guessed.

    >>> find_stage("Expédiés"), find_stage("تم الاستلام"), find_stage("soon")
    ('in_transit', 'received', None)
    """
    folded = fold(text)
    if folded in STAGES:
        return STAGES[folded]
    # The feminine and plural of French and Spanish participles: expédiée, recibidas.
    forms = {folded.removesuffix(ending) for ending in ("s", "e", "es")}
    forms |= {folded[: -len(ending)] + "o" for ending in ("a", "as", "os") if folded.endswith(ending)}
    named = {STAGES[form] for form in forms if form in STAGES}
    return named.pop() if len(named) == 1 else None
