"""Generates clients in TypeScript, Python and Java, sees that none warns, files a report with each: make clients."""

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
JAVA_GENERATOR = "org.openapitools:openapi-generator-cli:7.25.0"
EXPECTED = ("OpenAPI 3.1 support is still in beta", "Failed to get the schema name: null", "Renamed to ModelList")
"""Warnings of the generator for Java that say nothing of the description."""


def run(*command: str | Path, warns: bool = False) -> str:
    """What a command says, which may be no warning. Raises SystemExit."""
    path = f"{BUILD / 'venv' / 'bin'}:{BIN}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(BUILD)}
    done = subprocess.run(command, cwd=BUILD, env=environment, text=True, capture_output=True, check=False)
    if done.returncode or ("warning" in done.stdout.lower() and not warns):
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def make() -> None:
    """Generate and compile each."""
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
    make_java()


def make_java() -> None:
    """Generate and compile that in Java, by Maven's ways to both."""
    if not all(map(shutil.which, ("mvn", "javac"))):
        raise SystemExit(
            "the client in Java needs Maven and a JDK of 17 or newer (Debian: maven, default-jdk-headless)"
        )
    maven = ("mvn", "-q", "-B")
    run(*maven, "dependency:copy", f"-Dartifact={JAVA_GENERATOR}", "-DoutputDirectory=.", "-Dmdep.stripVersion=true")
    run(*maven, "dependency:build-classpath", "-Dmdep.outputFile=classpath")
    # A name in one language or in all: of such a choice the generator makes code that does not compile.
    generate = ("generate", "-i", "openapi.json", "-g", "java", "--library", "native", "-o", "java")
    said = run(
        *("java", "-jar", "openapi-generator-cli.jar", *generate, "--schema-mappings", "Name=Object"),
        "--additional-properties=openApiNullable=false,useJakartaEe=true,hideGenerationTimestamp=true",
        warns=True,
    )
    if warned := [line for line in said.splitlines() if "WARN" in line and not any(one in line for one in EXPECTED)]:
        raise SystemExit("\n".join(warned))
    sources = [str(one) for one in (BUILD / "java" / "src" / "main").rglob("*.java")]
    compiled = ("-d", "classes", "-cp", (BUILD / "classpath").read_text("utf-8"), "FileReport.java", *sources)
    # What is left out of the lint is about Java's own serialization, and processors that nobody runs.
    run("javac", "-Werror", "-Xlint:all,-serial,-processing", *compiled)


def use() -> None:
    """File a report with each."""
    with kept_cluster() as cluster:
        furnished = template(cluster, "furnished", furnish, of=template(cluster, "migrated", upgrade))
        for server in serving(cluster, furnished, WANGGE_LOG_LEVEL="warning"):
            key = token_for(server.database_url, [Grant(Role.CENTRE, "xinhua")])
            print("TypeScript:", run("node", "build/file_report.js", server.url, key))
            print("Python:    ", run("venv/bin/python", "file_report.py", server.url, key))
            path = f"classes:{(BUILD / 'classpath').read_text('utf-8')}"
            print("Java:      ", run("java", "-cp", path, "FileReport", server.url, key))


if __name__ == "__main__":
    make()
    use()
