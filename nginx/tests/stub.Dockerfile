# The stand-in for the app that the proxy is tried with.
# checkov:skip=CKV_DOCKER_7: the tag is in the argument
ARG DEBIAN_IMAGE=debian:trixie-slim
FROM ${DEBIAN_IMAGE}
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends python3=3.13.* \
 && rm -rf /var/lib/apt/lists/*
COPY stub.py /stub.py
USER 10001:10001
# Longer than the proxy keeps an address, so that whoever is healthy is known to it.
HEALTHCHECK --interval=3s CMD ["python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 5150), 1)"]
STOPSIGNAL SIGTERM
CMD ["python3", "-u", "/stub.py"]
