# Image of the stub that replaces the app in the proxy tests.
# checkov:skip=CKV_DOCKER_7: the argument contains the tag
ARG DEBIAN_IMAGE=debian:trixie-slim
FROM ${DEBIAN_IMAGE}
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends python3=3.13.* \
 && rm -rf /var/lib/apt/lists/*
COPY stub.py /stub.py
USER 10001:10001
# The interval is longer than the time for which the proxy caches an address, so that the proxy has the address of each
# healthy stub.
HEALTHCHECK --interval=3s CMD ["python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 5150), 1)"]
STOPSIGNAL SIGTERM
CMD ["python3", "-u", "/stub.py"]
