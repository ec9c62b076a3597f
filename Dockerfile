# The service without a database: PostGIS is another container (compose.yaml) or another server.
FROM python:3.12-slim-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev
RUN pip install --no-cache-dir 'uv>=0.6'
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /srv/wangge
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --no-install-project
COPY . .
RUN uv sync --frozen --no-dev \
    && .venv/bin/python -m compileall -q --invalidation-mode unchecked-hash wangge/*/

FROM python:3.12-slim-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-noto-cjk libexpat1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /var/lib/wangge wangge
COPY --from=build /srv/wangge /srv/wangge
WORKDIR /srv/wangge
USER wangge
ENV PATH=/srv/wangge/.venv/bin:$PATH \
    WANGGE_HOME=/var/lib/wangge \
    WANGGE_HOST=0.0.0.0 \
    WANGGE_LOG_FORMAT=json
EXPOSE 8136
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8136/healthz', timeout=2)"]
STOPSIGNAL SIGTERM
CMD ["wangge", "serve"]
