# Image of the app. The base images are build arguments, so that a mirror can be used.
# checkov:skip=CKV_DOCKER_7: the argument contains the tag
ARG RUST_IMAGE=rust:1.95-slim-trixie
ARG DEBIAN_IMAGE=debian:trixie-slim

# Build tools: `chef` builds dependencies separately, `auditable` embeds the list of crates in the binary.
FROM ${RUST_IMAGE} AS tools
RUN cargo install --locked cargo-chef@0.1.78 cargo-auditable@0.7.7 \
 && rm -rf "$CARGO_HOME/registry"
WORKDIR /build

FROM tools AS plan
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

# Rebuilt only if a dependency changes.
FROM tools AS dependencies
COPY --from=plan /build/recipe.json recipe.json
RUN cargo chef cook --locked --release --recipe-path recipe.json --package ballast --bins

FROM dependencies AS build
COPY . .
ARG COMMIT=unknown
RUN BALLAST_COMMIT=$COMMIT cargo auditable build --locked --release --package ballast --bins

# Files of the final image, with their modes.
FROM ${DEBIAN_IMAGE} AS files
COPY --from=build /build/target/release/ballast-cli /build/target/release/healthcheck /files/usr/local/bin/
COPY --from=build /etc/ssl/certs/ca-certificates.crt /files/etc/ssl/certs/
COPY assets /files/app/assets
COPY config/production.yaml /files/app/config/
RUN chmod -R u=rwX,go=rX /files \
 && install -d -o 10001 -g 10001 -m 700 /files/data

FROM ${DEBIAN_IMAGE}
# Removes setuid and setgid bits, because no program of the base image needs them.
RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} + \
 && groupadd --gid 10001 ballast \
 && useradd --uid 10001 --gid 10001 --home-dir /app --no-create-home --shell /usr/sbin/nologin ballast
COPY --from=files /files /
WORKDIR /app
# Sets a constant mmap threshold of malloc, because glibc otherwise raises the threshold when a large block is freed.
# Later large blocks would then be in the heap, and memory would not be returned after a flood of requests.
ENV LOCO_ENV=production \
    MALLOC_MMAP_THRESHOLD_=131072
USER 10001:10001
VOLUME /data
EXPOSE 5150
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 CMD ["healthcheck"]
# Runs the migrations, then replaces the shell with the server, so that the server receives the signals. During the
# migrations, the shell handles SIGTERM and forwards it. Without this handler, the kernel would discard SIGTERM, because
# the shell is the first process of the container.
CMD ["sh", "-c", "trap 'kill $!; wait $!' TERM; ballast-cli db migrate & wait $! && exec ballast-cli start --no-banner"]

ARG VERSION=unknown
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="Ballast" \
      org.opencontainers.image.description="Production-ready starter for web applications in Rust, built on Loco" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}"
