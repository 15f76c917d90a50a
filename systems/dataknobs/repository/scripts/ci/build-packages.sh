#!/usr/bin/env bash
# Builds the four packages, a wheel and a source archive each, into one folder.
#
#   build-packages.sh dist
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=../lib/common.sh
source "$here/../lib/common.sh"

(($# == 1)) || die "usage: build-packages.sh FOLDER"
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$here/../.."
for package in "${PACKAGES[@]}"; do
  poetry build --project "packages/$package" --output "$folder"
done
