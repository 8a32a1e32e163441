#!/bin/sh
# Builds the agent for one architecture: build.sh ARCHITECTURE VERSION FILE. The Go to use is $GO, or the one in PATH.
# Whatever else could get into the program is set here, so that everybody who has the same Go makes the same bytes.
set -eu
cd "$(dirname "$0")"

export GOOS=linux GOARCH="$1" CGO_ENABLED=0 GOAMD64=v1 GOARM64=v8.0 GOEXPERIMENT='' GOFIPS140=off
# Nothing fetches another Go, a workspace or the user's own flags.
export GOTOOLCHAIN=local GOWORK=off GOFLAGS=-mod=readonly
exec "${GO:-go}" build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=$2" -o "$3" .
