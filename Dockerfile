# The image behind every action. A release pins the base by digest, which this prints:
#   docker buildx imagetools inspect --format '{{.Manifest.Digest}}' python:3.13-slim-bookworm
# and which goes in as --build-arg BASE=python:3.13-slim-bookworm@sha256:…
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
WORKDIR /build
RUN python -m venv --without-pip /opt/backstay
COPY requirements/runtime.txt ./
# Wheels only: nothing is compiled here, and nothing is installed whose hash is not in the lock file.
RUN python -m pip --python /opt/backstay install --disable-pip-version-check --no-cache-dir --no-compile \
    --require-hashes --only-binary :all: --requirement runtime.txt
COPY scripts/trim_image.py ./
RUN python trim_image.py /opt/backstay
COPY src/backstay ./backstay
COPY entrypoint.py ./
RUN cp -R backstay "$(/opt/backstay/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
    && printf '%s\n' '#!/opt/backstay/bin/python -I' 'import sys' 'from backstay.cli import main' 'sys.exit(main())' > /opt/backstay/bin/backstay \
    && sed '1i #!/opt/backstay/bin/python -IuBXutf8' entrypoint.py > /opt/backstay/bin/backstay-action \
    && chmod 755 /opt/backstay/bin/backstay /opt/backstay/bin/backstay-action \
    && /opt/backstay/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/backstay/lib \
    && /opt/backstay/bin/backstay version

FROM ${BASE}
ARG VERSION=development
ARG REVISION=unknown
ARG SOURCE=https://github.com/backstay/backstay
LABEL org.opencontainers.image.title="Backstay" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.source="${SOURCE}" \
    org.opencontainers.image.documentation="${SOURCE}/tree/main/docs" \
    org.opencontainers.image.description="Database schemas as code, deployable from CI while any one service is down" \
    org.opencontainers.image.licenses="Apache-2.0"
# Nothing is installed any more. And the base comes without byte code of the standard library, while the
# entry point writes none.
RUN python -m pip uninstall --yes --quiet --root-user-action ignore pip \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash -x '/(test|idlelib|turtledemo|site-packages)/' \
    "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
COPY --from=build /opt/backstay /opt/backstay
ENV PATH=/opt/backstay/bin:$PATH
# No USER, so root: the runner mounts the workspace and its command files with owners of its own. The embedded
# PostgreSQL runs as nobody.
# Programs that bring their own authorities (SSL_CERT_FILE, REQUESTS_CA_BUNDLE, AWS_CA_BUNDLE) are given them at run
# time. There is no git: the commit of a run is told by its CI system. sh is there, for systems that run scripts.
# -I: the current directory is somebody's repository, and nothing in it may be imported. No shell comes before
# Python: it would drop variables like INPUT_AUTO-APPROVE.
ENTRYPOINT ["/opt/backstay/bin/backstay-action"]
