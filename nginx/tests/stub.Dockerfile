# The stand-in for the app that the proxy is tried with.
ARG DEBIAN_IMAGE=debian:trixie-slim
FROM ${DEBIAN_IMAGE}
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends python3=3.13.* \
 && rm -rf /var/lib/apt/lists/*
COPY stub.py /stub.py
USER 10001:10001
HEALTHCHECK --interval=1s CMD ["python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 5150), 1)"]
STOPSIGNAL SIGTERM
CMD ["python3", "-u", "/stub.py"]
