"""What a clinic does first, as README and the shipped unit say it: `check.py STEP PROGRAM`.

- unit: the server under the unit's filter, where a call that is not listed kills: ready, sign-in, a write, stop.
- conversation: README's first conversation with the demo clinic, the lines that the demo prints, and the streams.
- install: README's installation line by line in a root of its own (a layer over this machine's, or over the Debian
  root in $DAS_TERN_DEBIAN_ROOT), then the commands that look after it. Takes root, in namespaces of its own.
- package: the same with the Debian package that packaging/deb/build makes, up to its removal.

Ends with 3, having said so, when something that it needs is not here.
"""

import atexit
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import unit

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text()
# Of systemd-analyze security, times ten.
EXPOSURE_MAX = 15
ADMIN, PASSWORD = "admin@clinic.example", "kampot-pepper-8"


def skipped(what):
    print(f"\n!!!! SKIPPED: {what} !!!!\n", file=sys.stderr)
    sys.exit(3)


def fail(what, *said):
    sys.exit("\n".join([what, *map(str, said)]))


def blocks(heading):
    """The fenced blocks of commands below a heading of README."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", README, re.M | re.S).group(1)
    # What is done on other machines is not followed here.
    section = section.split("### Back up and restore")[0]
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", section, re.M | re.S)
    return [commands for language, commands in fenced if language in ("sh", "")]


def ask(url, body=None, token=None):
    headers = {"content-type": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
    request = urllib.request.Request(url, json.dumps(body).encode() if body else None, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            said = answer.read()
            is_json = answer.headers.get_content_type() == "application/json"
            return answer.status, json.loads(said) if is_json else said.decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def sign_in(url):
    status, answer = ask(f"{url}/api/auth/login", {"identifier": ADMIN, "password": PASSWORD})
    if status != 200:
        fail(f"the admin cannot sign in: {status}", answer)
    return answer["accessToken"]


def end(server):
    server.kill()
    server.wait()


def ready(server, what):
    # Whatever ends this, no server stays behind.
    atexit.register(end, server)
    line = server.stdout.readline()
    if "is ready on " not in line:
        fail(f"{what} did not start: {server.wait()} {line}", server.stderr.read())
    return line.split("is ready on ")[1].strip().replace("0.0.0.0", "127.0.0.1")


def stop(server, what):
    server.send_signal(signal.SIGTERM)
    if server.wait(60) != 0:
        fail(f"{what} ended with {server.returncode}", server.stderr.read())


def smoke(url):
    status, _ = ask(f"{url}/readyz")
    token = sign_in(url)
    checks = [("ready", status, 200), ("audit", ask(f"{url}/api/audit?limit=1", token=token)[0], 200)]
    family = {"fullName": "Maly Keo", "email": f"maly{os.getpid()}@clinic.example", "password": PASSWORD}
    checks.append(("a write", ask(f"{url}/api/auth/register/family", family)[0] // 100, 2))
    for what, came, wanted in checks:
        if came != wanted:
            fail(f"{what}: {came}")


def check_unit(program):
    if absent := unit.missing():
        skipped(f"{', '.join(absent)} not installed: the unit's filter is NOT tried")
    exposure = ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", "--no-pager", unit.UNIT]
    rated = subprocess.run(exposure, capture_output=True, text=True)
    if rated.returncode != 0:
        fail("the unit is more exposed than it may be", rated.stdout[-300:], rated.stderr)
    with tempfile.TemporaryDirectory(prefix="das-tern-unit-") as folder:
        root = Path(folder)
        root.chmod(0o755)
        shutil.copy(program, root / "das-tern")
        (root / "usr/bin").mkdir(parents=True)
        (root / "usr/bin/das-tern").symlink_to("../../das-tern")
        (root / "etc/das-tern").mkdir(parents=True)
        config = (REPOSITORY / "packaging/das-tern.toml").read_text()
        config = config.replace('"/var/lib/das-tern', f'"{root}/var/lib/das-tern')
        # More connections than files: the server asks for more files, and must live with the answer.
        config = config.replace("[server]\n", '[server]\nlisten = "127.0.0.1:0"\nconnections_max = 8192\n')
        (root / "etc/das-tern/das-tern.toml").write_text(config)
        service = unit.Unit()
        service.prepare(root, unit.NOBODY, unit.NOBODY)
        arguments = ["--config", str(root / "etc/das-tern/das-tern.toml")]
        make_admin([str(root / "das-tern"), *arguments])
        server = service.start(root, inside=False)
        url = ready(server, "the unit")
        limits = Path(f"/proc/{server.pid}/status").read_text()
        if "Seccomp:\t2" not in limits or "Umask:\t0077" not in limits:
            fail("the server does not run under the unit's filter and umask", limits)
        smoke(url)
        stop(server, "the unit")
        told = [line for line in server.stderr.read().splitlines() if "WARN" in line or "ERROR" in line]
        asked = [line for line in told if "fewer files may be open" in line]
        if not asked:
            fail("the server did not ask for more files")
        told = [line for line in told if line not in asked]
        if told:
            fail("the server complains under the unit", *told)
        subprocess.run([root / "das-tern", "doctor", *arguments], check=True)


def make_admin(command):
    typed = f"Chanthou Staff\n{PASSWORD}\n"
    subprocess.run([*command, "admin", "create", "--email", ADMIN], input=typed, text=True, check=True)


def run_lines(script, folder):
    """Runs lines as a shell would, ending at the first that fails; returns what they said."""
    said = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=folder, capture_output=True, text=True, timeout=120)
    if said.returncode != 0 or '"status":4' in said.stdout or '"status":5' in said.stdout:
        fail(f"README's lines end with {said.returncode}", script, said.stdout[-3000:], said.stderr)
    return said.stdout


def check_conversation(program):
    if not shutil.which("curl"):
        skipped("curl is not installed: README's first conversation is NOT tried")
    start, conversation = blocks("Try it")
    if start.strip() != "cargo run --release -- demo":
        fail("README starts the demo otherwise now", start)
    (streams,) = blocks("Events as they happen")
    with tempfile.TemporaryDirectory(prefix="das-tern-try-") as folder:
        demo = subprocess.Popen([program, "demo", "--port", "0", "--patients", "12"], cwd=folder, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        atexit.register(end, demo)
        lines = []
        for line in demo.stdout:
            lines.append(line.rstrip())
            if "Ctrl-C" in line:
                break
        else:
            fail("the demo did not start", demo.stderr.read())
        url = next(line.split()[-1] for line in lines if line.startswith("Das Tern is ready on "))
        page = next(line.split()[-1] for line in lines if "page to open" in line)
        with urllib.request.urlopen(page) as answer:
            if "<html" not in answer.read().decode():
                fail(f"{page} is no page")
        for what, script in [
            ("README", conversation.replace("http://localhost:3000", url)),
            ("the demo", "\n".join(lines[next(n for n, line in enumerate(lines) if "To copy and paste" in line) + 1 :])),
        ]:
            script = script.split("\nThe clinic is kept")[0].split("\nCtrl-C")[0]
            said = run_lines(script, folder)
            if '"understood"' not in said or '"doses"' not in said:
                fail(f"the lines of {what} do not prescribe", script, said)
        token = re.search(r"TOKEN=\$\(.*?\n?.*?\)\n", conversation, re.S).group(0)
        signed = conversation.split("\n")[0].replace("http://localhost:3000", url) + "\n" + token
        for line in streams.replace("http://localhost:3000", url).strip().splitlines():
            said = run_lines(f"{signed}\n{line.replace('curl ', 'timeout 3 curl -s ')} || [ $? = 124 ]", folder)
            if "event: hello" not in said and "event: resync" not in said:
                fail("no stream of events", line, said)
        stop(demo, "the demo")


def in_namespaces(step, tools):
    """A step that takes a file system and a network of its own."""

    def run(program):
        if os.geteuid() != 0:
            skipped(f"not root: {step} is NOT tried")
        needed = [*unit.missing(), *(tool for tool in tools if not shutil.which(tool))]
        if needed:
            skipped(f"{', '.join(needed)} not installed: {step} is NOT tried")
        apart = ["unshare", "--mount", "--net"]
        if subprocess.run([*apart, "true"]).returncode != 0:
            skipped(f"no namespaces can be made here: {step} is NOT tried")
        sys.exit(subprocess.run([*apart, sys.executable, __file__, f"{step}-inside", program]).returncode)

    return run


def in_a_root(follow):
    """A layer over a system, in memory, that is gone afterwards."""
    return lambda program: with_root(follow, program)


def with_root(follow, program):
    unit.loopback_up()
    base = os.environ.get("DAS_TERN_DEBIAN_ROOT", "/")
    folder = Path(tempfile.mkdtemp(prefix="das-tern-install-"))
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", folder], check=True)
        for name in ["upper", "work", "root"]:
            (folder / name).mkdir()
        layers = f"lowerdir={base},upperdir={folder}/upper,workdir={folder}/work"
        if subprocess.run(["mount", "-t", "overlay", "-o", layers, "overlay", folder / "root"]).returncode != 0:
            skipped("no overlay can be mounted here: an installation is NOT tried")
        root = folder / "root"
        for name in ["proc", "dev"]:
            subprocess.run(["mount", "--rbind", f"/{name}", root / name], check=True)
        if any((root / old).exists() for old in ["etc/das-tern", "var/lib/das-tern"]):
            skipped("Das Tern is installed on this machine: an installation is NOT tried")
        follow(root, program)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=False)
        folder.rmdir()


def follow_installation(root, program):
    source = root / "srv/das-tern"
    (source / "target/release").mkdir(parents=True)
    shutil.copytree(REPOSITORY / "packaging", source / "packaging")
    shutil.copytree(REPOSITORY / "data", source / "data")
    shutil.copy(program, source / "target/release/das-tern")
    lines = [line for block in blocks("Install it") for line in block.splitlines()]
    service, server = unit.Unit(), None
    for line in lines:
        print(f"# {line}", flush=True)
        if line == "cargo build --release" or line == "systemctl daemon-reload":
            continue
        if line == "systemctl enable --now das-tern":
            user, group = owner(root / "var/lib/das-tern")
            server = service.start(root, inside=True, user=user, group=group)
            ready(server, "the service")
            continue
        run_in(root, line, f"Chanthou Staff\n{PASSWORD}\n")
    smoke("http://127.0.0.1:3000")
    stop(server, "the service")
    look_after(root, service)


def follow_package(root, program):
    (root / "srv/das-tern").mkdir(parents=True)
    subprocess.run([REPOSITORY / "packaging/deb/build", program, root / "srv/das-tern"], check=True)
    run_in(root, "dpkg --install das-tern_*.deb", "")
    run_in(root, f"das-tern config check && das-tern admin create --email {ADMIN}", f"Chanthou Staff\n{PASSWORD}\n")
    service = unit.Unit()
    user, group = owner(root / "var/lib/das-tern")
    server = service.start(root, inside=True, user=user, group=group)
    ready(server, "the packaged service")
    smoke("http://127.0.0.1:3000")
    stop(server, "the packaged service")
    run_in(root, "dpkg --purge das-tern", "")
    if (root / "usr/bin/das-tern").exists() or not (root / "var/lib/das-tern/das-tern.redb").exists():
        fail("removing the package must remove the program and leave the clinic")


def look_after(root, service):
    """The commands of README that look after the clinic, by root, and the service once more."""
    user, group = owner(root / "var/lib/das-tern")
    table = re.findall(r"^\| `(das-tern [^`]+)` \|", README, re.M)
    if len(table) < 4:
        fail("README names other commands now", table)
    table = [line for line in table if "FROM" not in line]
    for line in [*table, "das-tern catalog import data/medicines.csv", "das-tern config show"]:
        line = line.replace("FILE", "data/medicines.csv").replace("[TYPE]", "").replace("DIR", "/tmp/mails")
        print(f"# {line}", flush=True)
        run_in(root, line, "")
    relative = "sed -i 's|^directory = .*|directory = \"data\"|' /etc/das-tern/das-tern.toml"
    run_in(root, f"{relative}; das-tern config check 2>&1 | grep 'must be an absolute path'", "")
    run_in(root, "cp packaging/das-tern.toml /etc/das-tern/das-tern.toml", "")
    # A secret that only root can read: commands find it, and systemd hands it over.
    with (root / "etc/das-tern/das-tern.toml").open("a") as file:
        file.write('\n[mail]\nhost = "post.clinic.example"\nuser_name = "clinic"\nfrom = "clinic@clinic.example"\n')
    run_in(root, "! das-tern config check", "")
    run_in(root, "install -m 600 /dev/stdin /etc/das-tern/credentials/mail.password && das-tern config check", "hush\n")
    run_in(root, "das-tern doctor", "")
    for path in [root / "var/lib/das-tern", *(root / "var/lib/das-tern").rglob("*")]:
        found = path.lstat()
        if (found.st_uid, found.st_gid) != (user, group) or found.st_mode & 0o077:
            fail(f"{path} does not belong to the service alone: {found}")
    server = service.start(root, inside=True, user=user, group=group)
    ready(server, "the service, after what root did")
    sign_in("http://127.0.0.1:3000")
    stop(server, "the service")


def owner(path):
    found = path.stat()
    if found.st_uid == 0:
        fail(f"{path} belongs to root")
    return found.st_uid, found.st_gid


def run_in(root, line, typed):
    def enter():
        os.chroot(root)
        os.chdir("/srv/das-tern")
        os.umask(0o022)

    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
    said = subprocess.run(["bash", "-c", line], input=typed, text=True, env=environment, preexec_fn=enter,
                          capture_output=True, timeout=300)
    print(said.stdout[-400:] + said.stderr[-1200:], end="", flush=True)
    if said.returncode != 0:
        fail(f"`{line}` ended with {said.returncode}")


if __name__ == "__main__":
    steps = {
        "unit": check_unit,
        "conversation": check_conversation,
        "install": in_namespaces("install", ["systemd-sysusers", "systemd-tmpfiles", "unshare", "curl"]),
        "install-inside": in_a_root(follow_installation),
        "package": in_namespaces("package", ["systemd-sysusers", "systemd-tmpfiles", "unshare", "dpkg-deb", "objdump"]),
        "package-inside": in_a_root(follow_package),
    }
    steps[sys.argv[1]](sys.argv[2])
