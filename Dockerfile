# The gateway; and the broker on its own, as `docker run --no-healthcheck sluice dist/broker-main.js`.
# Written for BuildKit and for the classic builder alike.

# Both can be others: of a mirror, or made where no registry is reached, as `npm run test:container` does.
ARG BUILD_IMAGE=node:26.13-slim
ARG RUNTIME_IMAGE=node:26.13-slim

# What the lock says, without install scripts: none is needed here, and the base brings Node.js.
FROM ${BUILD_IMAGE} AS manifest
# Where npm fetches from, if not from its own default. Stays in this stage.
ARG NPM_CONFIG_REGISTRY
WORKDIR /build
COPY package.json package-lock.json .npmrc ./

FROM manifest AS program
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM manifest AS dependencies
# The page under /docs is served from bundles that need neither their maps nor their ES variants.
RUN npm ci --ignore-scripts --omit=dev \
  && rm -f node_modules/swagger-ui-dist/*.map node_modules/swagger-ui-dist/*-es-bundle*

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Sluice" \
  org.opencontainers.image.description="A resilient REST gateway for Apache Iggy" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"

# A container that names no broker is a mistake, not a request for the embedded one.
ENV EMBEDDED_BROKER=off EMBEDDED_BROKER_DATA_DIR=/data BROKER_HOST=0.0.0.0 BROKER_DATA_DIR=/data
# A volume that is mounted here for the first time takes over the owner.
RUN mkdir /data && chown 10001:10001 /data
WORKDIR /app
COPY --from=dependencies /build/node_modules node_modules
COPY --from=program /build/dist dist
COPY package.json LICENSE ./

# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
EXPOSE 3000 9090
STOPSIGNAL SIGTERM
# Of the process, not of the broker: whoever restarts on it must not do so in an outage.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://localhost:${process.env.PORT || 3000}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node"]
CMD ["dist/main.js"]
