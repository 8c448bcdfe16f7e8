"""Calendars that ministries of our members use, and their months' names in letters.

Conversions of the Hijri (tabular, civil) and the Solar Hijri calendar come from convertdate.
The tabular Hijri calendar may differ by a day from the one that was sighted or computed in a
country, so a converted day is always shown to be confirmed.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from convertdate import islamic, persian
from django.utils.translation import gettext_lazy

from unmet.methods.fold import fold

HIJRI: Final = "hijri"
SOLAR_HIJRI: Final = "solar_hijri"
BUDDHIST: Final = "buddhist"
ETHIOPIAN: Final = "ethiopian"

CALENDARS: Final = {
    HIJRI: gettext_lazy("Hijri"),
    SOLAR_HIJRI: gettext_lazy("Solar Hijri"),
    BUDDHIST: gettext_lazy("Buddhist"),
    ETHIOPIAN: gettext_lazy("Ethiopian"),
}

# Day number (1 = 1 January of year 1) of the day before the Ethiopian year 1 began, 29 August 8 (Julian).
_ETHIOPIAN_EPOCH: Final = 2795


def gregorian(calendar: str, year: int, month: int, day: int) -> date | None:
    """The Gregorian date of a day of another calendar; None where that calendar has no such day.

    >>> gregorian(HIJRI, 1442, 9, 14), gregorian(ETHIOPIAN, 2013, 1, 1)
    (datetime.date(2021, 4, 26), datetime.date(2020, 9, 11))
    """
    if not (1 <= year <= 9999 and 1 <= month <= 13 and 1 <= day <= 31):
        return None
    try:
        if calendar == ETHIOPIAN:
            return _ethiopian(year, month, day)
        if month > 12:
            return None
        if calendar == BUDDHIST:
            return date(year - 543, month, day)
        if calendar == HIJRI:
            return date(*islamic.to_gregorian(year, month, day)) if day <= islamic.month_length(year, month) else None
        return date(*persian.to_gregorian(year, month, day)) if day <= persian.month_length(year, month) else None
    except (ValueError, OverflowError):
        return None


def _ethiopian(year: int, month: int, day: int) -> date | None:
    """Twelve months of 30 days, then one of 5, or of 6 in the year before a leap year."""
    longest = 30 if month < 13 else 6 if year % 4 == 3 else 5
    if day > longest:
        return None
    return date.fromordinal(_ETHIOPIAN_EPOCH + 365 * (year - 1) + year // 4 + 30 * (month - 1) + day)


def _numbered(names: str) -> Mapping[str, int]:
    """Folded name -> month number, from one row per month, its names parted by commas."""
    rows = [row for row in names.strip().splitlines() if row.strip()]
    return {fold(name): number for number, row in enumerate(rows, 1) for name in row.split(",")}


# English, French, Spanish; Arabic as in Egypt and the Gulf, in the Levant and Iraq, in the Maghreb.
MONTHS: Final = _numbered("""
January,Jan,janvier,janv,enero,ene,يناير,كانون الثاني,جانفي
February,Feb,février,févr,fév,febrero,فبراير,شباط,فيفري
March,Mar,mars,marzo,مارس,آذار
April,Apr,avril,avr,abril,abr,أبريل,إبريل,نيسان,أفريل
May,mai,mayo,مايو,أيار,ماي
June,Jun,juin,junio,يونيو,يونيه,حزيران,جوان
July,Jul,juillet,juil,julio,يوليو,يوليه,تموز,جويلية,يوليوز
August,Aug,août,agosto,ago,أغسطس,آب,أوت,غشت
September,Sep,Sept,septembre,septiembre,setiembre,سبتمبر,أيلول,شتنبر
October,Oct,octobre,octubre,أكتوبر,تشرين الأول,تشرين أول
November,Nov,novembre,noviembre,نوفمبر,تشرين الثاني,تشرين ثاني,نونبر
December,Dec,décembre,déc,diciembre,dic,ديسمبر,كانون الأول,كانون أول,دجنبر
""")

OTHER_MONTHS: Final = {
    HIJRI: _numbered("""
محرم,Muharram
صفر,Safar
ربيع الأول,ربيع أول,Rabi al-awwal,Rabi I
ربيع الآخر,ربيع الثاني,ربيع ثاني,Rabi al-thani,Rabi al-akhir,Rabi II
جمادى الأولى,جمادى الاول,جمادى أولى,Jumada al-ula,Jumada I
جمادى الآخرة,جمادى الثانية,جمادى الثاني,Jumada al-akhirah,Jumada al-thani,Jumada II
رجب,Rajab
شعبان,Shaaban,Shaban
رمضان,Ramadan,Ramadhan
شوال,Shawwal
ذو القعدة,ذي القعدة,Dhu al-Qidah,Dhul Qadah
ذو الحجة,ذي الحجة,Dhu al-Hijjah,Dhul Hijjah
"""),
    SOLAR_HIJRI: _numbered("""
فروردین,حمل,Farvardin,Hamal
اردیبهشت,ثور,Ordibehesht,Sawr
خرداد,جوزا,Khordad,Jawza
تیر,سرطان,Saratan
مرداد,اسد,Mordad,Asad
شهریور,سنبله,Shahrivar,Sonbola
مهر,میزان,Mehr,Mizan
آبان,عقرب,Aban,Aqrab
آذر,قوس,Azar,Qaws
دی,جدی,Dey,Jadi
بهمن,دلو,Bahman,Dalwa
اسفند,حوت,Esfand,Hut
"""),
    ETHIOPIAN: _numbered("""
Meskerem
Tikimt,Tekemt
Hidar
Tahsas
Tir
Yekatit
Megabit
Miyazya
Ginbot
Sene
Hamle
Nehase
Pagume,Pagumen
"""),
}
