# The reference services and the pieces of the demo, in one small image: nothing in it but the programs and the C library they are
# linked to. Needs BuildKit (`docker compose build` has it) for the caches.
ARG RUST=rust:1.95-slim-bookworm

FROM ${RUST} AS build
WORKDIR /build
COPY . .
# What was fetched and compiled stays in caches beside the image: after a change of source only what depends on it is compiled. A cache
# is no layer, so the programs are copied out of it. lto is off because it would double the time and memory of a build for a few percent of speed.
RUN --mount=type=cache,id=lapwing-registry,target=/usr/local/cargo/registry \
    --mount=type=cache,id=lapwing-target,target=/build/target,sharing=locked \
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_DEBUG=none CARGO_PROFILE_RELEASE_STRIP=symbols \
    cargo build --locked --release -p sigil -p demo --bins \
 && mkdir -p /data /image/tmp \
 && cp target/release/sigil target/release/demo /image/ \
 # The libraries the programs name and the loader, at the paths where they are looked for, on any architecture.
 && ldd /image/sigil /image/demo | grep -o '/[^ ]*\.so[^ ]*' | sort -u | xargs cp --parents -L -t /image \
 && chmod 1777 /image/tmp

FROM scratch
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Lapwing" \
      org.opencontainers.image.description="Reference services and demo of Lapwing: tracing spans as Prometheus histograms" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The programs are root's: who runs them can't change them.
COPY --from=build /image/ /
COPY --from=build --chown=10001:10001 /data /data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
# What answers to it depends on the program: docker-compose.yml says how each is asked.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["/demo", "healthy", "http://127.0.0.1:8080/health"]
ENTRYPOINT ["/sigil"]
CMD ["--listen", "0.0.0.0:8080", "--data", "/data"]
