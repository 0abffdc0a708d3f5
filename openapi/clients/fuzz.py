"""Fuzzes the running demo clinic against the OpenAPI document, as every role.

    fuzz.py DEMO_JSON DOCUMENT OUT SECONDS SEED

DEMO_JSON holds the line that `das-tern demo --json` prints. OUT takes the reports. Each role gets so many SECONDS, two
roles at a time. The run fails on a fault of the server, an undocumented status or type, an answer that does not fit its
schema, a request that should have been refused, and on anything without sign-in that needs one.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time
from typing import Any

import httpx

HERE = pathlib.Path(__file__).parent
AT_ONCE = 2

# They end the session or the account that the run needs, or never end.
LEFT_OUT = [
    "change_password",
    "end_all_sessions",
    "logout",
    "open_event_socket",
    "pause_queue",
    "request_account_deletion",
    "stream_events",
]
# A schema cannot say the rules of the domain (a dose that fits the medicine, a person who is connected), so a request
# that fits the schema may well be refused.
CHECK_LEFT_OUT = "positive_data_acceptance"

# The tool takes the message of one refusal for a rule of the whole operation; and to it only some texts are texts.
SETTINGS = f"""
[checks]
{CHECK_LEFT_OUT} = {{ enabled = false }}

[phases]
fuzzing = {{ error-feedback = {{ enabled = false }} }}

[[operations]]
include-operation-id = "import_medicines"
checks = {{ negative_data_rejection = {{ enabled = false }} }}
"""

# What exists, by the list that names it; the second time with the patient whom it is about.
LISTS = {
    "access-requests": "/connections/access-requests",
    "connections": "/connections",
    "jobs": "/admin/jobs",
    "medicines": "/medicines/search?q=am",
    "notifications": "/notifications",
}
LISTS_ABOUT = {
    "alerts": "/health-monitoring/alerts?",
    "doses": "/doses/schedule?days=7&",
    "prescriptions": "/prescriptions?",
    "vitals": "/health-monitoring/vitals?",
}


class Role:
    def __init__(self, name: str, account: dict[str, Any] | None) -> None:
        self.name = name
        self.account = account


def choose_roles(accounts: list[dict[str, Any]]) -> list[Role]:
    """One of each role, connected with somebody where the role can be. Staff come last: they can lock the others out."""
    roles = [Role("anonymous", None)]
    for name in ("PATIENT", "FAMILY_MEMBER", "DOCTOR", "ADMIN"):
        connected = (one for one in accounts if one["role"] == name and (one["connections"] or name == "ADMIN"))
        roles.append(Role(name.lower().replace("_member", ""), next(connected)))
    return roles


def ids_at(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    answer = client.get(path)
    if answer.status_code != 200:
        return []
    page = answer.json()
    return [item for item in page.get("items", page.get("doses", [])) if "id" in item]


def existing_ids(client: httpx.Client, role: Role, accounts: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Ids that this role can reach, so that requests get beyond 404."""
    people = [one["id"] for one in accounts if role.account is None or one["id"] != role.account["id"]]
    patients = [one["id"] for one in accounts if one["role"] == "PATIENT"]
    if role.account is not None:
        connected = {one["userId"] for one in role.account["connections"] if one["level"] != "NOT_ALLOWED"}
        patients = [one for one in patients if one in connected or one == role.account["id"]] or patients
    ids: dict[str, list[str]] = {"people": people, "patients": patients, "medications": []}
    for kind, path in LISTS.items():
        ids[kind] = [item["id"] for item in ids_at(client, path)]
    for kind, path in LISTS_ABOUT.items():
        found = [item for patient in patients[:4] for item in ids_at(client, f"{path}patientId={patient}")[:8]]
        ids[kind] = [item["id"] for item in found]
        ids["medications"] += [line["id"] for item in found for line in item.get("medications", [])]
    return {kind: values[:32] for kind, values in ids.items()}


def operations(document: str, role: Role) -> list[str]:
    """Without a sign-in those that need none: that the others refuse, the check `ignored_auth` tries with every role."""
    paths = json.loads(pathlib.Path(document).read_text(encoding="utf-8"))["paths"]
    all_of_them = [operation for methods in paths.values() for operation in methods.values()]
    wanted = [one for one in all_of_them if role.account is not None or one["security"] == []]
    return [one["operationId"] for one in wanted if one["operationId"] not in LEFT_OUT]


def run(role: Role, demo: dict[str, Any], document: str, out: pathlib.Path, seconds: int, seed: str) -> tuple[bool, str]:
    began = time.monotonic()
    token = None
    url = demo["url"] + "/api"
    if role.account is not None:
        body = {"identifier": role.account["identifier"], "password": role.account["password"]}
        answer = httpx.post(url + "/auth/login", json=body, timeout=30)
        token = answer.raise_for_status().json()["accessToken"]
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with httpx.Client(base_url=url, headers=headers, timeout=30) as client:
        ids = existing_ids(client, role, demo["accounts"])
    place = out / role.name
    place.mkdir(parents=True, exist_ok=True)
    (place / "ids.json").write_text(json.dumps(ids), encoding="utf-8")
    # Beside the configuration, so that the tool finds it there.
    settings = f"hooks = {json.dumps(str(HERE / 'fuzz_hooks.py'))}\n"
    settings += SETTINGS
    if token is not None:
        settings += f"[auth.openapi.bearer]\nbearer = {json.dumps(token)}\n"
    (place / "schemathesis.toml").write_text(settings, encoding="utf-8")
    command = [str(pathlib.Path(sys.executable).parent / "schemathesis"), "run", document, "--url", url]
    command += ["--max-time", str(seconds)]
    command += ["--phases", "coverage,fuzzing", "--seed", seed, "--generation-database", "none", "--continue-on-failure"]
    command += ["--no-color", "--warnings", "off", "--report", "junit", "--report-junit-path", "report.xml"]
    for operation in operations(document, role):
        command += ["--include-operation-id", operation]
    environment = os.environ | {"IDS": str(place / "ids.json")}
    with open(place / "log", "w", encoding="utf-8") as log:
        # It stops by itself; when it does not, something hangs.
        ended = subprocess.run(
            command, cwd=place, env=environment, stdout=log, stderr=subprocess.STDOUT, timeout=seconds * 4 + 60
        )
    said = (place / "log").read_text(encoding="utf-8")
    alive = httpx.get(demo["url"] + "/livez", timeout=30).status_code == 200
    found = re.findall(r"(?m)^\s+Tested: (\d+)|^\s+(\d+ generated.*)$", said)
    summary = ", ".join("".join(part) for part in found) or "no summary"
    summary = re.sub(r"^(\d+),", r"\1 operations,", summary)
    taken = time.monotonic() - began
    known = {kind: len(values) for kind, values in ids.items() if values}
    line = f"  {role.name}: {summary}; exit {ended.returncode}, {taken:.0f} s, with ids of {known}"
    return ended.returncode == 0 and alive, line


def main() -> None:
    demo = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    document, out, seconds = str(pathlib.Path(sys.argv[2]).resolve()), pathlib.Path(sys.argv[3]), int(sys.argv[4])
    seed = sys.argv[5]
    roles = choose_roles(demo["accounts"])
    failed = []
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        runs = [pool.submit(run, role, demo, document, out.resolve(), seconds, seed) for role in roles]
        for role, future in zip(roles, runs):
            holds, line = future.result()
            print(line, flush=True)
            if not holds:
                failed.append(role)
    for role in failed:
        print(f"\n---- {role.name} ({out / role.name / 'log'})")
        print("\n".join((out / role.name / "log").read_text(encoding="utf-8").splitlines()[-120:]))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
