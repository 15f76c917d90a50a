#!/bin/sh
# Starts a Docker daemon after what a killed one left: its pid files make the new one wait for a containerd that is gone.
# Usage: dockerd.sh RUN_FOLDER dockerd ARGUMENTS...
set -eu
run=$1
shift
rm -f "$run/pid" "$run/x/containerd/containerd.pid"
exec "$@"
