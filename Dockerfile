# syntax=docker/dockerfile:1
#
# docker build -t healthcheck-exporter .
# docker run --rm -p 10195:10195 healthcheck-exporter
#
# Without a configuration the exporter checks the container's own disk, memory and CPU. With one of yours:
#   docker run --rm -p 10195:10195 --init \
#     -v "$PWD/healthcheck.yml:/etc/healthcheck-exporter/config.yml:ro" \
#     healthcheck-exporter --config.file=/etc/healthcheck-exporter/config.yml
#
# Nothing needs to be written: it runs with --read-only and --cap-drop=ALL. Checks of the host (disk, systemd) see what
# is mounted into the container and nothing else; where those matter, run the exporter on the host (examples/systemd).
#
# The alert rules and the dashboards come with it:
#   docker run --rm healthcheck-exporter rules >healthcheck-alerts.yml
#
# The image has no ping, so that an icmp check says "unsupported": build on an image that has it, and allow it by
#   --sysctl net.ipv4.ping_group_range="0 2147483647"
#
# For a build that can be repeated, pin both images by digest.

ARG BUILD_IMAGE=docker.io/library/node:26-trixie-slim
# Has Node.js, certificates and time zones; no shell, no package manager. The newest line that has such an image; any
# Node.js that package.json's "engines" allows will do, for no dependency is native code.
ARG RUN_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /app
# tools/ holds a package that package.json refers to by path, so npm needs it before it installs.
COPY package.json package-lock.json ./
COPY tools/ tools/
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src/ src/
RUN npm run build

# Only what runs in production, from the same lock file.
FROM ${BUILD_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY tools/ tools/
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${RUN_IMAGE}
LABEL org.opencontainers.image.title="healthcheck-exporter" \
      org.opencontainers.image.description="Prometheus exporter for health checks: HTTP, TCP, DNS, ICMP, gRPC, WebSocket, systemd, disk, memory and CPU from one YAML file, in one scrape." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.authors="The healthcheck-exporter authors" \
      org.opencontainers.image.version="0.1.0"
# UV_THREADPOOL_SIZE has to be there before Node.js starts: with the default of 4, four disks that hang would stop every
# file and name lookup of the process.
ENV NODE_ENV=production \
    UV_THREADPOOL_SIZE=48
WORKDIR /app
COPY --from=dependencies /app/node_modules/ node_modules/
COPY --from=build /app/dist/ dist/
COPY package.json LICENSE ./
# What "healthcheck-exporter rules" and "healthcheck-exporter dashboards" print.
COPY alert-rules/healthcheck-alerts.yml alert-rules/healthcheck-slo.yml alert-rules/
COPY examples/grafana/dashboards/ examples/grafana/dashboards/
# A number, so that Kubernetes can see that it is not root (runAsNonRoot).
USER 65532:65532
EXPOSE 10195
# For Docker; Kubernetes has probes of its own. Adapt it where --web.listen-address, a prefix or TLS is set.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["/nodejs/bin/node", "/app/dist/main.js", "healthcheck"]
# Exec form: signals reach the exporter, which drains on SIGTERM and reloads on SIGHUP. Distroless has node in /nodejs.
ENTRYPOINT ["/nodejs/bin/node", "/app/dist/main.js"]
