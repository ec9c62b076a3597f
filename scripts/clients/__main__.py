"""Generates clients in TypeScript and Python, sees that neither warns, and files a report with each: make clients."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import furnish, serving
from tests.kept import kept_cluster, template
from tests.people import token_for
from wangge.access.person import Grant
from wangge.access.roles import Role
from wangge.api.app import create_app
from wangge.store.migrate import upgrade
from wangge.store.settings import Settings

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "clients"
BIN = Path(sys.executable).parent
PYTHON_GENERATOR = "openapi-python-client==0.29.1"


def run(*command: str | Path) -> str:
    """What a command says, which may be no warning. Raises SystemExit."""
    path = f"{BUILD / 'venv' / 'bin'}:{BIN}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(BUILD)}
    done = subprocess.run(command, cwd=BUILD, env=environment, text=True, capture_output=True, check=False)
    if done.returncode or "warning" in done.stdout.lower():
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def make() -> None:
    """Generate and compile both."""
    shutil.rmtree(BUILD, ignore_errors=True)
    shutil.copytree(HERE, BUILD, ignore=shutil.ignore_patterns("__*"))
    (BUILD / "openapi.json").write_text(json.dumps(create_app(Settings()).openapi()), "utf-8")
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    # What may be left out need not be sent.
    run("npx", "openapi-typescript", "openapi.json", "--output", "api.d.ts", "--default-non-nullable=false")
    run("npx", "tsc")
    run(sys.executable, "-m", "venv", "venv")
    run("venv/bin/pip", "install", "--quiet", PYTHON_GENERATOR, "ruff")
    generate = ("venv/bin/openapi-python-client", "generate", "--path", "openapi.json", "--output-path", "generated")
    run(*generate, "--meta", "none", "--config", "python.yml", "--fail-on-warning")
    run("venv/bin/python", "-W", "error", "-m", "compileall", "-q", "generated")


def use() -> None:
    """File a report with each."""
    with kept_cluster() as cluster:
        furnished = template(cluster, "furnished", furnish, of=template(cluster, "migrated", upgrade))
        for server in serving(cluster, furnished, WANGGE_LOG_LEVEL="warning"):
            key = token_for(server.database_url, [Grant(Role.CENTRE, "xinhua")])
            print("TypeScript:", run("node", "build/file_report.js", server.url, key))
            print("Python:    ", run("venv/bin/python", "file_report.py", server.url, key))


if __name__ == "__main__":
    make()
    use()
