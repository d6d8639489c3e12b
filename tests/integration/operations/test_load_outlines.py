"""The command `load outlines`: a new city gets its streets and communities from a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.integration.operations.test_city import BY_FLAGS, Env, done, env, run

__all__ = ["env"]

SQUARE = [[110.78, 32.52], [110.80, 32.52], [110.80, 32.54], [110.78, 32.54], [110.78, 32.52]]


def outlines(path: Path, **properties: Any) -> str:
    geometry = {"type": "Polygon", "coordinates": [SQUARE]}
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    document = {"type": "FeatureCollection", "features": [feature]}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return str(path)


def test_outlines_are_checked_then_loaded_and_what_is_wrong_is_said(
    env: Env, tmp_path: Path
) -> None:
    done(env, *BY_FLAGS)
    file = outlines(tmp_path / "a.geojson", 城区="茅箭区", 街道="新区街道", 社区="湖滨社区")
    load = ("load", "outlines", file, "--datum", "gcj02")
    refused = run(env, *load)
    assert refused.returncode == 1
    assert "没有叫“新区街道”的街道" in refused.stderr
    tried = done(env, *load, "--add-names", "--dry-run")
    assert tried.startswith("可以导入：城区 0、街道 0、社区 1，其中替换 0\n")
    assert "新增街道 1：新区街道" in tried
    assert done(env, *load, "--add-names").startswith("已导入：")
    again = done(env, *load)
    assert "社区 1，其中替换 1" in again
    # Without a file the command still loads the starter data.
    assert "categor" in done(env, "load")


def test_the_datum_has_to_be_said(env: Env, tmp_path: Path) -> None:
    done(env, *BY_FLAGS)
    result = run(env, "load", "outlines", outlines(tmp_path / "a.geojson", name="茅箭区"))
    assert result.returncode == 2
    assert "--datum" in result.stderr
