#!/usr/bin/env bash
# Installs one version of the four packages into the current Python environment, and checks that they work.
#
#   deploy.sh development|staging|production VERSION
#
# VERSION is exact, as in 1.2.3; staging and production take no pre-release. "latest" is no version: nobody could say afterwards what
# was deployed, nor put it back. The service itself is deployed by Argo CD, see deploy/. PYTHON is the interpreter; default python.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
source "$here/lib/common.sh"

(($# == 2)) || die "usage: deploy.sh development|staging|production VERSION"
environment=$1 version=$2
branch_of "$environment" >/dev/null
if [[ $environment == development ]]; then
  [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+((a|b|rc)[0-9]+)?$ ]] || die "'$version' is not an exact version, as in 1.2.3 or 1.3.0rc1"
else
  [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || die "'$version' is not a released version, as in 1.2.3: $environment takes no other"
fi

note "Installing version $version for $environment."
requirements=()
for package in "${PACKAGES[@]}"; do requirements+=("dataknobs-$package==$version"); done
# In one go: four installs could leave two versions side by side.
"${PYTHON:-python}" -m pip install --upgrade "${requirements[@]}"
bash "$here/health-check.sh"
note "Version $version is installed for $environment."
