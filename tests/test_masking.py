"""Personal numbers and e-mail addresses disappear; the figures of everyday work stay."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from knowledge.privacy import Kind, mask
from knowledge.privacy.identifiers import has_valid_checksum, is_valid_account

mask("")  # builds its table of characters: no example has to wait for that
LABELS = ("[fødselsnummer]", "[e-post]", "[telefon]", "[kontonummer]")
SEPARATORS = ["", " ", ".", "-", "\u00a0", "\u2009", "\u202f", "–", " - ", "\u200b", "/"]
GROUPINGS = [
    (11,),
    (6, 5),
    (2, 2, 2, 5),
    (2, 2, 2, 3, 2),
    (6, 3, 2),
    (3, 3, 5),
    (4, 4, 3),
    (5, 6),
    (1,) * 11,
]


def with_control_digits(nine: str, remainder: int = 0) -> str | None:
    """Add both control digits; `remainder` 1-3 follows the rule of 2032. None where none exists."""
    first_weights, second_weights = (3, 7, 6, 1, 8, 9, 4, 5, 2), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    first = (remainder - sum(w * int(d) for w, d in zip(first_weights, nine, strict=True))) % 11
    if first == 10:
        return None
    ten = f"{nine}{first}"
    second = -sum(w * int(d) for w, d in zip(second_weights, ten, strict=True)) % 11
    return None if second == 10 else f"{ten}{second}"


@st.composite
def identity_numbers(draw: st.DrawFn) -> str:
    """Ordinary, D, H and synthetic numbers; right and wrong control digits."""
    day = draw(st.integers(1, 31)) + draw(st.sampled_from([0, 40]))
    month = draw(st.integers(1, 12)) + draw(st.sampled_from([0, 40, 65, 80]))
    nine = f"{day:02d}{month:02d}{draw(st.integers(0, 99999)):05d}"
    valid = with_control_digits(nine, draw(st.integers(0, 3)))
    return valid or nine + f"{draw(st.integers(0, 99)):02d}"


def grouped(digits: str, shape: tuple[int, ...], separator: str) -> str:
    parts, at = [], 0
    for size in shape:
        parts.append(digits[at : at + size])
        at += size
    return separator.join(parts)


def kinds(text: str) -> list[Kind]:
    return [finding.kind for finding in mask(text).found]


@example("19010000001", (4, 4, 3), " ")
@given(identity_numbers(), st.sampled_from(GROUPINGS), st.sampled_from(SEPARATORS))
def test_an_identity_number_disappears_in_every_separator_form(
    number: str, shape: tuple[int, ...], separator: str
) -> None:
    written = grouped(number, shape, separator)
    masked = mask(f"Brukeren har {written} i journalen.")
    assert masked.text in {
        f"Brukeren har {label} i journalen." for label in ("[fødselsnummer]", "[kontonummer]")
    }


@given(identity_numbers(), st.sampled_from([0xFF10, 0x0660, 0x06F0, 0x0966, 0x1D7CE]))
def test_digits_of_other_scripts_are_digits(number: str, zero: int) -> None:
    written = "".join(chr(zero + int(digit)) for digit in number)
    assert mask(f"fnr {written}.").text.startswith("fnr [")


@given(identity_numbers(), st.text(max_size=8), st.text(max_size=8))
def test_the_finding_covers_the_number_among_any_text(number: str, left: str, right: str) -> None:
    masked = mask(f"{left} a{number}b {right}")
    assert number not in masked.text


@pytest.mark.parametrize(
    "text",
    [
        "010190 12345",
        "01 01 90 12345",
        "01.01.90-12345",
        "01/01/90 12345",
        "01.01.1990 12345",
        "01011990 12345",
        "410190 12345",  # D-number
        "014190 12345",  # H-number and Nav
        "016690 12345",  # NHN
        "018190 12345",  # Tenor
        "10915596784",
        "02013299997",  # rule of 2032, from Skatteetaten's examples
        "30108299920",
        "30108299939",
        "81234567890",  # FH-number
        "912345 67890",
        "010190\n12345",
        "٠١٠١٩٠١٢٣٤٥",
        "０１０１９０ １２３４５",
    ],
)
def test_known_forms_of_identity_numbers(text: str) -> None:
    assert mask(f"Hei, {text} er registrert").text == "Hei, [fødselsnummer] er registrert"


@pytest.mark.parametrize("number", ["02013299997", "30108299920", "30108299939"])
def test_the_rule_of_2032_holds_for_the_published_examples(number: str) -> None:
    assert has_valid_checksum(number)
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert not has_valid_checksum(wrong)


def test_the_control_digit_of_an_account_catches_every_single_wrong_digit() -> None:
    number = "86011117947"
    assert is_valid_account(number)
    for place, digit in enumerate(number):
        wrong = f"{number[:place]}{(int(digit) + 1) % 10}{number[place + 1 :]}"
        assert not is_valid_account(wrong)
    assert not is_valid_account("8601111794")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("skriv til ola.nordmann@kommune.no.", "skriv til [e-post]."),
        ("KARI+post@sub.Kommune.NO", "[e-post]"),
        ("per@blåbærsyltetøy.no", "[e-post]"),
        ("åse.ås@bø.kommune.no", "[e-post]"),
        ("ola@xn--blbr-roah.no", "[e-post]"),
        ("<mailto:a.b@c.no|a.b@c.no>", "<mailto:[e-post]|[e-post]>"),
        ("ola (at) kommune.no", "[e-post]"),
        ("ola[at]kommune[dot]no", "[e-post]"),
        ("ola＠kommune．no", "[e-post]"),
        ("https://x.no/?to=ola%40kommune.no", "https://x.no/?to=[e-post]"),
        ("ola@kommune", "[e-post]"),
        ('"Ola N"@kommune.no', "[e-post]"),
        ("a@bb.no,c@dd.no", "[e-post],[e-post]"),
        ("fnr01019012345", "fnr[fødselsnummer]"),
        ("(010190) 12345", "([fødselsnummer]"),
        ("fnr 0101901234", "fnr [fødselsnummer]"),  # a digit missing
        ("Fødselsnummer: 010190 123456", "Fødselsnummer: [fødselsnummer]"),  # one too many
        ("personnummer 12345", "personnummer [fødselsnummer]"),
        ("fnr 12345", "fnr 12345"),
        ("fødselsnummer fra 2032", "fødselsnummer fra 2032"),
        ("tlf. 22 33 44 55", "tlf. [telefon]"),
        ("22334455/91234567", "[telefon]/[telefon]"),
        ("tlf22334455", "tlf[telefon]"),
        ("412 34 567", "[telefon]"),
        ("+47 412 34 567", "[telefon]"),
        ("+4741234567", "[telefon]"),
        ("0047 41 23 45 67", "[telefon]"),
        ("4741234567", "[telefon]"),
        ("+46 70 123 45 67", "[telefon]"),
        ("22.33.44.55", "[telefon]"),
        ("7056 1938", "[telefon]"),
        ("*010190* 12345", "*[fødselsnummer]"),
        ("mobil: 4123 4567", "mobil: [telefon]"),
        ("22\u00a033\u00a044\u00a055", "[telefon]"),
        ("<tel:22334455|22 33 44 55>", "<tel:[telefon]|[telefon]>"),
        ("konto 1234.56.78901", "konto [kontonummer]"),
        ("1234 56 78901", "[kontonummer]"),
        ("kontonummer 99345678901", "kontonummer [kontonummer]"),
        ("86011117947", "[kontonummer]"),  # from the example IBAN NO93 8601 1117 947
        ("NO93 8601 1117 947", "[kontonummer]"),
        ("NO9386011117947", "[kontonummer]"),
        (
            "010190 12345 22 33 44 55 91234567",
            "[fødselsnummer] [telefon] [telefon]",
        ),
    ],
)
def test_email_phone_and_account(text: str, expected: str) -> None:
    assert mask(text).text == expected


ORDINARY = """
178 186 198 181 150 260 61 67 104 1385
45 53 38 44 46 45 25 13 25 334
Antall personer 178 186 198 181 150 893
2014 2015 2016 2017 2018 2019 2020 2021 2022 Totalt
kr 50 000
50 000 kroner
kr 1 385 000,-
kr 12345678
kr. 22334455
22334455 kr
22 334 455 kroner
22334455,50
12 345 678 901 kroner
NOK 25000000
2,5 mill. kroner
25 000 000 mill
66,7 %
66,7% 55,6% 33,3% 77,8% 55,6% 55,6% 11,1%
70 prosent
2014-2018
2014–2022
2010-2011 123
(2014-2018): 893 personer fra 226 kommuner
Meld. St. 16 (2010-2011)
Innst. 43 S (2018-2019)
§ 3-2
§§ 3-2 og 3-3
LOV-2011-06-24-30
FOR-2018-10-15-1574
lov 2011-06-24 nr. 30
2024-01-15
2024-01-15T08:30:00
2024-01-15 08:30
15.01.2024
15.01.24
15.1.2024 kl. 10.00
01.01.2024-31.12.2024
1.1.2024-31.3.24
01.1.24-31.12.24
20240115
15012024
kl. 08.00-15.30
kl. 20.00-22.30
kl 2000-2230
mandag 09.00-11.00, onsdag 12.30-14.00
IS-1896
IS-1896/2016
ISBN 978-82-8081-205-2
ISBN 9788280812052
ISSN 2387-4562
sak 2019/12345
19/01234-5
2019/22334455
saksnr. 22334455
0301 Oslo
3050 Mjøndalen
Postboks 7000, 0130 Oslo
org.nr. 974 760 673
Organisasjonsnummer 974760673
org nr 983 544 622 MVA
orgnr: 22334455
12-16 uker
3 x 12 repetisjoner
18-67 år
100 i 2011 og 258 i 2015
tabell 1, rad 3
150 minutter per uke
10 000 skritt
BMI 30-35
N = 9
https://www.regjeringen.no/no/id22334455/
https://www.ssb.no/22334455
ring 116 117
ring 113
telefontid 10-12
versjon 2.1.0
22.5 cm
1 000 000 innbyggere
22334455 personer
gruppe 1 2 3 4 5 6
@ola hva mener du
<@U024BE7LH> hei
møte (a) kommune
2 @ 50 kr
kode 5530
1931 Lenvik 2019
0,22334455
""".strip().splitlines()


@pytest.mark.parametrize("text", ORDINARY)
def test_everyday_figures_stay(text: str) -> None:
    assert mask(text).text == text
    assert mask(f"Hei! {text} ?").text == f"Hei! {text} ?"


def test_the_table_of_everyday_figures_is_long_enough() -> None:
    assert len(set(ORDINARY)) >= 60


messy = st.lists(
    st.sampled_from([*"0123456789 .-/+@()[]:,\n", "a", "o", "kr", "\u00a0", "\u200b", "٣", "tlf "])
).map("".join)
PIECES = [
    *("01019012345", "010190 12345", "22334455", "22 33 44 55", "tlf", "kr", "2019/"),
    *(",12 01 90 12345", "@x.no", "a", ".", "-", "|", " ", "1234.56.78901", "12", "123", "+47"),
    *("fnr ", "personnummer ", "0101901234", "010190123456"),
    *("(at)", "[telefon]", "konto", "%40", "\n", "12345", "86011117947", "org.nr. ", "/", ",5"),
]
pieces = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(st.one_of(messy, pieces, st.text()))
def test_masking_twice_changes_nothing(text: str) -> None:
    once = mask(text).text
    assert mask(once).text == once


@given(st.one_of(messy, pieces))
def test_findings_are_ordered_apart_and_give_the_text(text: str) -> None:
    masked = mask(text)
    assert all(left.end <= right.start for left, right in pairwise(masked.found))
    assert all(0 <= finding.start < finding.end <= len(text) for finding in masked.found)
    kept, done = "", 0
    for finding in masked.found:
        kept += text[done : finding.start]
        done = finding.end
    rest = masked.text
    for label in LABELS:
        rest = rest.replace(label, "")
    expected = kept + text[done:]
    for label in LABELS:
        expected = expected.replace(label, "")
    assert rest == expected


@given(st.text(st.characters(codec=None)))
def test_any_string_is_accepted(text: str) -> None:
    assert isinstance(mask(text).text, str)
    assert mask("\ud800 " + text).text.startswith("\ud800 ")


@pytest.mark.parametrize(
    "text",
    [
        "1" * 2_000_000,
        "a@" * 1_000_000,
        "a%40" * 500_000,
        "1 " * 1_000_000,
        "12 " * 600_000,
        "22334455," * 220_000,
        "(at)" * 500_000,
        "http://" * 280_000,
        "a@b" + "." * 2_000_000,
        "1\u200b" * 1_000_000,
    ],
    ids=["ones", "at", "percent", "spaced", "pairs", "phones", "written", "urls", "dots", "zero"],
)
@pytest.mark.timeout(60)
def test_hostile_text_takes_linear_time(text: str) -> None:
    masked = mask(text)
    assert mask(masked.text[:5000] + "]").text == masked.text[:5000] + "]"


def test_kinds_are_told_apart_by_control_digits_and_labels() -> None:
    valid = with_control_digits("010190124")
    assert valid is not None
    assert kinds(valid) == ["national_identity_number"]
    assert kinds("01010112340") == ["national_identity_number"]
    assert kinds("kontonummer 01010112341") == ["account_number"]
    assert kinds("a@bb.no 22334455") == ["email", "phone"]
