# The agent's image, for those who have Docker:
#   docker buildx build --platform linux/amd64,linux/arm64 -f agent.Dockerfile --build-arg VERSION=0.1.0 -t REGISTRY/IMAGE:0.1.0 --push .
# It holds what src/agent/build.sh builds, and a busybox for job images that have no shell.
ARG VERSION

FROM --platform=$BUILDPLATFORM golang:1.26 AS agent
ARG TARGETARCH
ARG VERSION
WORKDIR /src
COPY src/agent ./
RUN ./build.sh "$TARGETARCH" "$VERSION" /eci-agent

FROM busybox:1.37-musl AS busybox

FROM scratch
COPY --from=agent /eci-agent /eci-agent
COPY --from=busybox /bin/busybox /busybox
ENTRYPOINT ["/eci-agent"]
