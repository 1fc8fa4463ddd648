"""The currencies Meterline can bill in: the active ISO 4217 list, with the decimals each one is paid in."""

from dataclasses import dataclass

from backend.errors import Invalid


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 currency; `subunits` is the number of decimals (USD 2, JPY 0, KWD 3)."""

    code: str
    name: str
    symbol: str
    subunits: int


# code | name | symbol | subunits
_ISO_4217 = """
AED|United Arab Emirates dirham|د.إ|2
AFN|Afghan afghani|؋|2
ALL|Albanian lek|L|2
AMD|Armenian dram|֏|2
AOA|Angolan kwanza|Kz|2
ARS|Argentine peso|$|2
AUD|Australian dollar|$|2
AWG|Aruban florin|ƒ|2
AZN|Azerbaijani manat|₼|2
BAM|Bosnia and Herzegovina convertible mark|KM|2
BBD|Barbadian dollar|$|2
BDT|Bangladeshi taka|৳|2
BHD|Bahraini dinar|د.ب|3
BIF|Burundian franc|FBu|0
BMD|Bermudian dollar|$|2
BND|Brunei dollar|$|2
BOB|Bolivian boliviano|Bs.|2
BRL|Brazilian real|R$|2
BSD|Bahamian dollar|$|2
BTN|Bhutanese ngultrum|Nu.|2
BWP|Botswana pula|P|2
BYN|Belarusian ruble|Br|2
BZD|Belize dollar|$|2
CAD|Canadian dollar|$|2
CDF|Congolese franc|FC|2
CHF|Swiss franc|CHF|2
CLP|Chilean peso|$|0
CNY|Chinese yuan|¥|2
COP|Colombian peso|$|2
CRC|Costa Rican colón|₡|2
CUP|Cuban peso|$|2
CVE|Cape Verdean escudo|Esc|2
CZK|Czech koruna|Kč|2
DJF|Djiboutian franc|Fdj|0
DKK|Danish krone|kr|2
DOP|Dominican peso|RD$|2
DZD|Algerian dinar|د.ج|2
EGP|Egyptian pound|E£|2
ERN|Eritrean nakfa|Nfk|2
ETB|Ethiopian birr|Br|2
EUR|Euro|€|2
FJD|Fijian dollar|$|2
FKP|Falkland Islands pound|£|2
GBP|British pound|£|2
GEL|Georgian lari|₾|2
GHS|Ghanaian cedi|₵|2
GIP|Gibraltar pound|£|2
GMD|Gambian dalasi|D|2
GNF|Guinean franc|FG|0
GTQ|Guatemalan quetzal|Q|2
GYD|Guyanese dollar|$|2
HKD|Hong Kong dollar|$|2
HNL|Honduran lempira|L|2
HTG|Haitian gourde|G|2
HUF|Hungarian forint|Ft|2
IDR|Indonesian rupiah|Rp|2
ILS|Israeli new shekel|₪|2
INR|Indian rupee|₹|2
IQD|Iraqi dinar|ع.د|3
IRR|Iranian rial|﷼|2
ISK|Icelandic króna|kr|0
JMD|Jamaican dollar|$|2
JOD|Jordanian dinar|JD|3
JPY|Japanese yen|¥|0
KES|Kenyan shilling|KSh|2
KGS|Kyrgyzstani som|som|2
KHR|Cambodian riel|៛|2
KMF|Comorian franc|CF|0
KPW|North Korean won|₩|2
KRW|South Korean won|₩|0
KWD|Kuwaiti dinar|د.ك|3
KYD|Cayman Islands dollar|$|2
KZT|Kazakhstani tenge|₸|2
LAK|Lao kip|₭|2
LBP|Lebanese pound|ل.ل|2
LKR|Sri Lankan rupee|Rs|2
LRD|Liberian dollar|$|2
LSL|Lesotho loti|L|2
LYD|Libyan dinar|ل.د|3
MAD|Moroccan dirham|د.م.|2
MDL|Moldovan leu|L|2
MGA|Malagasy ariary|Ar|2
MKD|Macedonian denar|ден|2
MMK|Burmese kyat|K|2
MNT|Mongolian tögrög|₮|2
MOP|Macanese pataca|MOP$|2
MRU|Mauritanian ouguiya|UM|2
MUR|Mauritian rupee|₨|2
MVR|Maldivian rufiyaa|Rf|2
MWK|Malawian kwacha|MK|2
MXN|Mexican peso|$|2
MYR|Malaysian ringgit|RM|2
MZN|Mozambican metical|MT|2
NAD|Namibian dollar|$|2
NGN|Nigerian naira|₦|2
NIO|Nicaraguan córdoba|C$|2
NOK|Norwegian krone|kr|2
NPR|Nepalese rupee|Rs|2
NZD|New Zealand dollar|$|2
OMR|Omani rial|ر.ع.|3
PAB|Panamanian balboa|B/.|2
PEN|Peruvian sol|S/|2
PGK|Papua New Guinean kina|K|2
PHP|Philippine peso|₱|2
PKR|Pakistani rupee|Rs|2
PLN|Polish złoty|zł|2
PYG|Paraguayan guaraní|₲|0
QAR|Qatari riyal|ر.ق|2
RON|Romanian leu|lei|2
RSD|Serbian dinar|дин.|2
RUB|Russian ruble|₽|2
RWF|Rwandan franc|FRw|0
SAR|Saudi riyal|ر.س|2
SBD|Solomon Islands dollar|$|2
SCR|Seychellois rupee|SR|2
SDG|Sudanese pound|ج.س.|2
SEK|Swedish krona|kr|2
SGD|Singapore dollar|$|2
SHP|Saint Helena pound|£|2
SLE|Sierra Leonean leone|Le|2
SOS|Somali shilling|Sh|2
SRD|Surinamese dollar|$|2
SSP|South Sudanese pound|£|2
STN|São Tomé and Príncipe dobra|Db|2
SVC|Salvadoran colón|₡|2
SYP|Syrian pound|£S|2
SZL|Swazi lilangeni|E|2
THB|Thai baht|฿|2
TJS|Tajikistani somoni|SM|2
TMT|Turkmenistani manat|m|2
TND|Tunisian dinar|د.ت|3
TOP|Tongan paanga|T$|2
TRY|Turkish lira|₺|2
TTD|Trinidad and Tobago dollar|TT$|2
TWD|New Taiwan dollar|NT$|2
TZS|Tanzanian shilling|TSh|2
UAH|Ukrainian hryvnia|₴|2
UGX|Ugandan shilling|USh|0
USD|US dollar|$|2
UYU|Uruguayan peso|$U|2
UZS|Uzbekistani sum|som|2
VED|Venezuelan digital bolívar|Bs.D|2
VES|Venezuelan sovereign bolívar|Bs.S|2
VND|Vietnamese đồng|₫|0
VUV|Vanuatu vatu|VT|0
WST|Samoan tālā|WS$|2
XAF|Central African CFA franc|FCFA|0
XCD|East Caribbean dollar|EC$|2
XCG|Caribbean guilder|Cg|2
XOF|West African CFA franc|F CFA|0
XPF|CFP franc|₣|0
YER|Yemeni rial|ر.ي|2
ZAR|South African rand|R|2
ZMW|Zambian kwacha|ZK|2
ZWG|Zimbabwe gold|ZiG|2
"""


def _parse(line: str) -> Currency:
    code, name, symbol, subunits = line.split("|")
    return Currency(code, name, symbol, int(subunits))


CURRENCIES: dict[str, Currency] = {entry.code: entry for entry in map(_parse, _ISO_4217.split("\n")[1:-1])}


def currency(code: str) -> Currency:
    """Look up a currency by its ISO 4217 code; unknown codes raise Invalid."""
    try:
        return CURRENCIES[code]
    except KeyError:
        raise Invalid(f"{code} is not a currency Meterline knows; use an ISO 4217 code such as USD.") from None
