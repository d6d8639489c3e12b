"""The name of a file in a header: Chinese for those who read it, ASCII for those who do not."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from werkzeug.datastructures import Headers
from werkzeug.http import parse_options_header

from inspect_server.http.answers import SendableHeaders
from inspect_server.http.files import MAX_NAME, names_in_header


def header(name: str, ascii_name: str = "") -> str:
    headers = Headers()
    headers.set("Content-Disposition", "attachment", **names_in_header(name, ascii_name))
    return headers["Content-Disposition"]


def test_a_chinese_name_has_both_forms() -> None:
    assert header("人员-模板.csv", "people-template.csv") == (
        "attachment; filename=people-template.csv; "
        "filename*=UTF-8''%E4%BA%BA%E5%91%98-%E6%A8%A1%E6%9D%BF.csv"
    )


def test_an_ascii_name_has_one() -> None:
    assert header("20260304-000001.pdf") == "attachment; filename=20260304-000001.pdf"


def test_a_file_without_a_name_has_none() -> None:
    assert header("") == "attachment"


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("a\r\nSet-Cookie: x=1.csv", "a__Set-Cookie_ x=1.csv"),
        ('"; filename=x.exe; a=".csv', "_; filename=x.exe; a=_.csv"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..\\店名.pdf", "_店名.pdf"),
        pytest.param("坏\ud800\x00\u202e.pdf", "坏___.pdf", id="no characters"),
        ("😀囍.pdf", "😀囍.pdf"),
        (".csv", "file.csv"),
        ("a'b%41.csv", "a'b%41.csv"),
    ],
)
def test_no_name_leaves_its_header(name: str, saved: str) -> None:
    written = header(name)
    assert written.isascii() and written.isprintable()
    kind, options = parse_options_header(written)
    assert (kind, options["filename"]) == ("attachment", saved)


def test_a_long_name_is_cut_and_keeps_its_kind() -> None:
    _, options = parse_options_header(header("长" * 500 + ".csv", "x"))
    assert options["filename"] == "长" * MAX_NAME + ".csv"


def test_a_name_of_no_letters_still_has_an_ascii_form() -> None:
    assert header("案件.csv").startswith("attachment; filename=file.csv; filename*=")


def sent(value: str) -> str:
    """What the last guard makes of a header that a view set by itself."""
    headers: list[tuple[str, str]] = []

    def app(environ: object, start_response: object) -> Iterable[bytes]:
        start_response("200 OK", [("X-Name", value)])  # type: ignore[operator]
        return [b""]

    SendableHeaders(app)({}, lambda status, written: headers.extend(written))
    return headers[0][1]


@pytest.mark.parametrize(
    ("value", "readable"),
    [
        ('a; b="c"', 'a; b="c"'),
        ("人", "%E4%BA%BA"),
        ("é", "%C3%A9"),
        pytest.param("a\x7f\tb\r\n", "a%7F%09b%0D%0A", id="control characters"),
        ("\ud800", "?"),
    ],
)
def test_no_header_leaves_that_cannot_be_sent(value: str, readable: str) -> None:
    assert sent(value) == readable
