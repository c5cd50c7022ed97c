"""Launch: turns into PostgreSQL, as its account and dying with its supervisor.

A program of its own instead of code run between fork and exec, which may dead-lock a supervisor
that has threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    supervisor, uid, gid, *command = sys.argv[1:]
    if os.geteuid() != int(uid):
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        # After the change of user, which would clear it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
        if os.getppid() != int(supervisor):
            sys.exit("The supervisor died before PostgreSQL started.")
    # Python ignores these; PostgreSQL's children shall not.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    # This Python may have needed the caller's environment to start; PostgreSQL shall not see it.
    clean = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
    os.execve(command[0], command, clean)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
