"""Runs a command as packaging/systemd/das-tern.service has it run, where no systemd is in charge.

The unit file itself is read: its user, directories, credentials, umask, limits, and its system call filter, whose sets
`systemd-analyze syscall-filter` resolves. What the filter does not list kills here, whatever the unit says: a call that
the server cannot do without must not hide behind a refusal that it survives.
"""

import atexit
import ctypes
import ctypes.util
import fcntl
import os
import resource
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

UNIT = Path(__file__).resolve().parents[2] / "packaging/systemd/das-tern.service"
NOBODY = 65534
# linux/prctl.h, seccomp.h
PR_SET_NO_NEW_PRIVS, PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 38, 65, 1
KILL_PROCESS, ALLOW, ERRNO, COMPARE_EQUAL = 0x80000000, 0x7FFF0000, 0x00050000, 4
EAFNOSUPPORT, FAMILIES = 97, 46


class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def missing():
    """What is not there that this needs."""
    found = {"systemd-analyze (systemd)": shutil.which("systemd-analyze"), "libseccomp2": seccomp_name()}
    return [name for name, place in found.items() if not place]


def seccomp_name():
    return ctypes.util.find_library("seccomp")


class Unit:
    def __init__(self):
        self.settings = {}
        for line in UNIT.read_text().splitlines():
            if "=" in line and not line.startswith("#"):
                key, value = line.split("=", 1)
                self.settings.setdefault(key, []).append(value)

    def one(self, key):
        return self.settings[key][-1]

    def allowed_calls(self):
        """The calls that are left when the unit's lines are read in order, `~` taking away."""
        allowed = expanded("@default")
        for line in self.settings["SystemCallFilter"]:
            takes_away = line.startswith("~")
            for name in line.lstrip("~").split():
                allowed = allowed - expanded(name) if takes_away else allowed | expanded(name)
        return allowed

    def families(self):
        return [int(getattr(socket, name)) for name in self.one("RestrictAddressFamilies").split()]

    def prepare(self, root, user, group):
        """Makes directories and credentials below `root`; returns the environment, with paths as seen from `root`."""
        names = self.one("StateDirectory").split()
        name, states = names[0], [root / "var/lib" / name for name in names]
        for state in states:
            state.mkdir(parents=True, exist_ok=True)
        credentials = root / "run/credentials" / f"{name}.service"
        shutil.rmtree(credentials, ignore_errors=True)
        credentials.mkdir(parents=True)
        fallback = dict(line.split(":", 1) for line in self.settings["SetCredential"])
        for line in self.settings["LoadCredential"]:
            secret, path = line.split(":", 1)
            source = root / path.lstrip("/")
            if not source.exists() and secret not in fallback:
                sys.exit(f"the unit would not start: {path} is missing (243/CREDENTIALS)")
            value = source.read_bytes() if source.exists() else fallback[secret].encode().decode("unicode_escape").encode()
            (credentials / secret).write_bytes(value)
            (credentials / secret).chmod(0o400)
        if os.geteuid() == 0:
            for path in [*states, *(path for state in states for path in state.rglob("*")), credentials, *credentials.iterdir()]:
                os.chown(path, user, group, follow_symlinks=False)
            credentials.chmod(0o500)
        for state in states:
            state.chmod(int(self.one("StateDirectoryMode"), 8))
        return {"PATH": "/usr/bin:/bin", "STATE_DIRECTORY": states[0], "CREDENTIALS_DIRECTORY": credentials}

    def start(self, root, inside, user=NOBODY, group=NOBODY):
        """Starts ExecStart with the files below `root`, as seen from within it when `inside`, which takes root."""
        environment = self.prepare(root, user, group)
        command = self.one("ExecStart").split()
        if inside:
            seen = {name: "/" + str(Path(value).relative_to(root)) if Path(value).is_relative_to(root) else value
                    for name, value in environment.items()}
        else:
            seen = {name: str(value) for name, value in environment.items()}
            command = [str(root) + word if word.startswith("/") else word for word in command]
        restrict = Restrictions(self, root if inside else None, user, group)
        return subprocess.Popen(command, env=seen, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, preexec_fn=restrict.apply)


class Restrictions:
    """Everything is looked up before the fork; afterwards only system calls are made."""

    def __init__(self, unit, root, user, group):
        self.root, self.user, self.group = root, user, group
        self.umask = int(unit.one("UMask"), 8)
        self.files = int(unit.one("LimitNOFILE"))
        self.cgroup = memory_group(unit.one("MemoryMax"))
        self.libc = ctypes.CDLL(None, use_errno=True)
        seccomp = self.seccomp = ctypes.CDLL(seccomp_name(), use_errno=True)
        seccomp.seccomp_init.restype = ctypes.c_void_p
        seccomp.seccomp_init.argtypes = [ctypes.c_uint32]
        seccomp.seccomp_load.argtypes = [ctypes.c_void_p]
        rule = seccomp.seccomp_rule_add_array
        rule.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.POINTER(Compare)]
        number = seccomp.seccomp_syscall_resolve_name
        self.sockets = seccomp.seccomp_init(ALLOW)
        for family in set(range(FAMILIES)) - set(unit.families()):
            compare = Compare(0, COMPARE_EQUAL, family, 0)
            check(rule(self.sockets, ERRNO | EAFNOSUPPORT, number(b"socket"), 1, ctypes.byref(compare)))
        self.calls = seccomp.seccomp_init(KILL_PROCESS)
        for name in sorted(unit.allowed_calls()):
            if number(name.encode()) >= 0:
                check(rule(self.calls, ALLOW, number(name.encode()), 0, None))

    def apply(self):
        if self.cgroup:
            (self.cgroup / "cgroup.procs").write_text(str(os.getpid()))
        if self.root:
            os.chroot(self.root)
        os.chdir("/")
        os.umask(self.umask)
        resource.setrlimit(resource.RLIMIT_NOFILE, (self.files, self.files))
        if os.geteuid() == 0:
            os.setgroups([self.group])
            os.setresgid(self.group, self.group, self.group)
            os.setresuid(self.user, self.user, self.user)
        self.libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        # Kernels before 6.3 do not know it.
        self.libc.prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0)
        check(self.seccomp.seccomp_load(self.sockets))
        check(self.seccomp.seccomp_load(self.calls))


def check(answer):
    if answer != 0:
        raise OSError(-answer, os.strerror(-answer))


def expanded(name, known={}):
    """The calls of a set, or the call itself."""
    if not name.startswith("@"):
        return {name}
    if name not in known:
        said = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", name], capture_output=True, text=True,
                              check=True, env={**os.environ, "SYSTEMD_COLORS": "0"})
        words = [line.strip() for line in said.stdout.splitlines()[1:] if line.strip() and "#" not in line]
        known[name] = set().union(*(expanded(word) for word in words))
    return known[name]


def memory_group(limit):
    """A control group with the unit's memory, where one can be made."""
    old, new = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
    group = (old if old.is_dir() else new) / f"das-tern-{os.getpid()}"
    try:
        group.mkdir(exist_ok=True)
        file = "memory.limit_in_bytes" if old.is_dir() else "memory.max"
        (group / file).write_text(limit)
        atexit.register(drop, group)
        return group
    except OSError as error:
        print(f"-- MemoryMax={limit} is NOT applied here: {error}")
        return None


def drop(group):
    if group.is_dir():
        group.rmdir()


def loopback_up():
    """In a network namespace of our own the loopback interface is down at first."""
    up, get, put = 1, 0x8913, 0x8914
    with socket.socket() as any_socket:
        flags, = struct.unpack_from("H", fcntl.ioctl(any_socket, get, struct.pack("16sH22x", b"lo", 0)), 16)
        fcntl.ioctl(any_socket, put, struct.pack("16sH22x", b"lo", flags | up))
