"""What the fuzzing of the contract adds to the requests that schemathesis makes up.

IDS names a JSON file with ids that exist, by what they name. Where a made-up request has an id in the right form, most of
the time one of those takes its place: else nearly every answer would be 404. A key of idempotency is made unique, because
the same one with another body is refused by design.
"""

import json
import os
import random
import re
import uuid
from typing import Any

import schemathesis

with open(os.environ["IDS"], encoding="utf-8") as file:
    IDS: dict[str, list[str]] = json.load(file)

# Which ids stand in the path, by how the path begins; the first that fits counts.
PATHS = [
    ("/adherence/prescriptions/", "prescriptions"),
    ("/admin/jobs/", "jobs"),
    ("/connections/access-requests/", "access-requests"),
    ("/connections/", "connections"),
    ("/doses/", "doses"),
    ("/health-monitoring/alerts/", "alerts"),
    ("/health-monitoring/vitals/", "vitals"),
    ("/medications/", "medications"),
    ("/medicines/", "medicines"),
    ("/notifications/", "notifications"),
    ("/patients/", "patients"),
    ("/prescriptions/", "prescriptions"),
    ("/users/", "people"),
]
FIELDS = {
    "patientId": "patients",
    "targetUserId": "people",
    "medicineId": "medicines",
    "medicationId": "medications",
    "doseId": "doses",
    "alertId": "alerts",
}
DOSE = re.compile(r"^[0-9a-fA-F-]{36}")
choice = random.Random(7)


def is_id(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


def existing(kind: str, made_up: Any) -> Any:
    known = IDS.get(kind, [])
    if known and choice.random() < 0.8:
        return choice.choice(known)
    return made_up


def put_ids(node: Any) -> None:
    if isinstance(node, dict):
        for name, value in node.items():
            kind = FIELDS.get(name)
            if kind and (is_id(value) or (kind == "doses" and isinstance(value, str))):
                node[name] = existing(kind, value)
            else:
                put_ids(value)
    elif isinstance(node, list):
        for item in node:
            put_ids(item)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    path = case.operation.path
    parameters = case.path_parameters or {}
    kind = next((kind for start, kind in PATHS if path.startswith(start)), None)
    if kind and (is_id(parameters.get("id")) or kind == "doses" and "id" in parameters):
        parameters["id"] = existing(kind, parameters["id"])
    put_ids(case.query)
    if isinstance(case.body, (dict, list)):
        put_ids(case.body)
    key = "Idempotency-Key"
    headers = case.headers or {}
    if isinstance(headers.get(key), str) and re.fullmatch(r"[!-~]{1,128}", headers[key]):
        headers[key] = uuid.uuid4().hex
