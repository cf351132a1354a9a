"""The JSON Schema of `report.json`, from its models.

python tools/report_schema.py > docs/report.schema.json
"""

from __future__ import annotations

import json

from winnow.steps.report.model import Report


def schema() -> str:
    """The schema, as the file has it."""
    told = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Report.model_json_schema()}
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(schema(), end="")
