# The service, small and closed. Base images are arguments: behind a mirror, give its names.
# checkov:skip=CKV_DOCKER_7: the tag is in the argument
ARG RUST_IMAGE=rust:1.95-slim-trixie
ARG DEBIAN_IMAGE=debian:trixie-slim

# Tools of the build: `chef` parts dependencies from code, `auditable` writes the list of crates into the binary.
FROM ${RUST_IMAGE} AS tools
RUN cargo install --locked cargo-chef@0.1.78 cargo-auditable@0.7.7 \
 && rm -rf "$CARGO_HOME/registry"
WORKDIR /build

FROM tools AS plan
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

# Built anew only when a dependency changes.
FROM tools AS dependencies
COPY --from=plan /build/recipe.json recipe.json
RUN cargo chef cook --locked --release --recipe-path recipe.json --package ballast --bins

FROM dependencies AS build
COPY . .
ARG COMMIT=unknown
RUN BALLAST_COMMIT=$COMMIT cargo auditable build --locked --release --package ballast --bins

# What reaches the last stage, with the modes it has there.
FROM ${DEBIAN_IMAGE} AS files
COPY --from=build /build/target/release/ballast-cli /build/target/release/healthcheck /files/usr/local/bin/
COPY --from=build /etc/ssl/certs/ca-certificates.crt /files/etc/ssl/certs/
COPY assets /files/app/assets
COPY config/production.yaml /files/app/config/
RUN chmod -R u=rwX,go=rX /files \
 && install -d -o 10001 -g 10001 -m 700 /files/data

FROM ${DEBIAN_IMAGE}
# No program of the base may lend its owner's rights.
RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} + \
 && groupadd --gid 10001 ballast \
 && useradd --uid 10001 --gid 10001 --home-dir /app --no-create-home --shell /usr/sbin/nologin ballast
COPY --from=files /files /
WORKDIR /app
# A fixed threshold: the allocator otherwise raises it after the first large block, keeps what follows,
# and a flood's memory never comes back.
ENV LOCO_ENV=production \
    MALLOC_MMAP_THRESHOLD_=131072
USER 10001:10001
VOLUME /data
EXPOSE 5150
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 CMD ["healthcheck"]
# Migrations are a step before the server, which then takes the process over and gets its signals.
CMD ["sh", "-c", "ballast-cli db migrate && exec ballast-cli start --no-banner"]

ARG VERSION=unknown
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="Ballast" \
      org.opencontainers.image.description="A web service on Loco, hardened before anyone adds a line to it" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}"
