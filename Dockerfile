# The engine's image: the worker, the gateway, and the command line. Servers are not in it.
FROM python:3.13.9-slim-bookworm AS build
WORKDIR /source
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
RUN python -m venv /engine
COPY requirements-worker.lock requirements-assets.lock ./
RUN /engine/bin/python -m pip install --only-binary :all: --no-deps --require-hashes \
    -r requirements-worker.lock -r requirements-assets.lock
COPY . ./
RUN /engine/bin/python -m pip install --no-deps --no-build-isolation --no-index .

FROM python:3.13.9-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin engine
COPY --from=build /engine /engine
# The health check below asks here; a compose file or an orchestrator asks /health/ready there.
ENV PATH=/engine/bin:$PATH PYTHONUNBUFFERED=1 MCA_HEALTH=127.0.0.1:9466
USER 10001
WORKDIR /
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://' + os.environ['MCA_HEALTH'] + '/health/live', timeout=4)"]
ENTRYPOINT ["mca"]
CMD ["worker"]
