"""The language of an answer 语言: what the client prefers, Chinese where there is no catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from inspect_server.models import Notice
from tests.support.actors import Device, new_id
from tests.support.case_walks import dispatched, reported
from tests.support.languages import English, english_catalogue
from tests.support.rows import Rows


@pytest.fixture
def english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[English]:
    """Give the product an English catalogue."""
    with english_catalogue(tmp_path, monkeypatch) as write:
        yield write


def title(app: Flask, language: str | None) -> Any:
    headers = {"Accept-Language": language} if language else {}
    answer = app.test_client().get("/api/v1/nothing", headers=headers)
    return answer.get_json(force=True)["title"]


@pytest.mark.one_database
def test_without_a_catalogue_of_the_language_everybody_reads_chinese(app: Flask) -> None:
    titles = [title(app, language) for language in (None, "zh-CN", "fr-FR,fr;q=0.9", "nonsense")]
    assert titles == ["找不到该内容"] * 4


@pytest.mark.one_database
def test_the_product_has_its_sentences_in_english(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/nothing", headers={"Accept-Language": "en-GB,en"})
    document = answer.get_json(force=True)
    assert document["title"] == "This was not found"
    assert document["detail"] == "There is no file api/v1/nothing; load the page again."
    assert answer.headers["Vary"] == "Accept-Language"


@pytest.mark.one_database
def test_states_and_steps_within_a_sentence_are_in_its_language(
    observer: Device, supervisor: Device
) -> None:
    case = supervisor.task(reported(observer)["id"])
    body = {"move_id": new_id(), "move": "pass", "version": case["version"]}
    path = f"/tasks/{case['id']}/moves"
    english, chinese = (
        supervisor.call("POST", path, json=body, headers={"Accept-Language": language})
        for language in ("en", "zh-CN")
    )
    assert (english.json or {})["detail"].startswith(
        "The case is “Reported” now; “Pass” is not possible."
    )
    assert "待立案" in (chinese.json or {})["detail"]


@pytest.mark.one_database
def test_with_a_catalogue_whoever_prefers_english_reads_english(
    app: Flask, english: English
) -> None:
    english({"找不到该内容": "Not found"})
    assert title(app, "en-US,en;q=0.9") == "Not found"
    assert title(app, "zh-CN,zh;q=0.9,en;q=0.8") == "找不到该内容"
    assert title(app, None) == "找不到该内容"


@pytest.mark.one_database
def test_the_faults_of_a_table_are_in_the_language_of_its_sender(
    admin: Device, english: English
) -> None:
    english({"请填写": "fill it in"})
    table = "姓名*,角色*\n,网格志愿者\n"

    def detail(language: str) -> str:
        answer = admin.call(
            "POST", "/registers/people/table", data=table, headers={"Accept-Language": language}
        )
        return str(json.loads(answer.text.splitlines()[-1])["report"]["faults"][0]["detail"])

    assert (detail("en"), detail("zh-CN")) == ("fill it in", "请填写")


@pytest.mark.one_database
def test_the_page_of_a_problem_is_in_the_language_of_its_reader(
    app: Flask, english: English
) -> None:
    english({"找不到该内容": "Not found", "类型": "Kind"})
    client = app.test_client()
    page = client.get("/problems/not-found", headers={"Accept-Language": "en"}).text
    assert '<html lang="en">' in page
    assert "<h1>Not found</h1>" in page
    assert "<dt>Kind</dt>" in page
    chinese = client.get("/problems/not-found").text
    assert '<html lang="zh-CN">' in chinese
    assert "<dt>类型</dt>" in chinese


@pytest.mark.one_database
def test_what_is_stored_is_chinese_whatever_the_writer_reads(
    observer: Device, supervisor: Device, english: English, rows: Rows
) -> None:
    english({"新派遣的案件": "A new case"})
    dispatched(observer, supervisor)
    assert rows.one(Notice).title == "新派遣的案件"


@pytest.mark.one_database
def test_a_notice_is_read_in_the_language_of_the_reader(
    observer: Device, supervisor: Device, handler: Device, rows: Rows
) -> None:
    dispatched(observer, supervisor)
    notice = rows.one(Notice)

    def read(language: str) -> dict[str, Any]:
        answer = handler.call("GET", "/me/notices", headers={"Accept-Language": language})
        return dict((answer.json or {})["items"][0])

    assert read("en")["title"] == "A new case was dispatched"
    assert read("zh-CN")["title"] == notice.title == "新派遣的案件"
    # A number and a place are in no catalogue.
    assert read("en")["body"] == read("zh-CN")["body"] == notice.body
