/** What the shop's repository carries. */

const overlay = (namespace: string): string => `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: ${namespace}
resources:
  - ../../base
images:
  - name: acme/shop
    newName: ghcr.io/acme/shop
    newTag: sha-a1b2c3d4
`;

export const shopFiles: ReadonlyMap<string, string> = new Map([
  [
    "deploy/base/kustomization.yaml",
    `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - deployment.yaml
  - service.yaml
`,
  ],
  [
    "deploy/base/deployment.yaml",
    `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  template:
    spec:
      containers:
        - name: shop
          image: acme/shop
`,
  ],
  [
    "deploy/base/service.yaml",
    `apiVersion: v1
kind: Service
metadata:
  name: shop
`,
  ],
  ["deploy/overlays/dev/kustomization.yaml", overlay("shop-dev")],
  ["deploy/overlays/prod/kustomization.yaml", overlay("shop")],
  [
    ".github/workflows/ci.yml",
    `name: CI
on:
  pull_request:
  push:
    branches: [main, dev]
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - run: make test
`,
  ],
  [
    ".github/workflows/cd.yml",
    `name: CD
on:
  workflow_run:
    workflows: [CI]
    types: [completed]
    branches: [main, dev]
jobs:
  dev:
    if: github.event.workflow_run.head_branch == 'dev'
    runs-on: ubuntu-24.04
    environment: dev
    steps:
      - run: bash scripts/set-tag.sh dev
  prod:
    if: github.event.workflow_run.head_branch == 'main'
    runs-on: ubuntu-24.04
    environment: prod
    steps:
      - run: bash scripts/set-tag.sh prod
`,
  ],
  [
    "scripts/set-tag.sh",
    `#!/usr/bin/env bash
source "$(dirname "$0")/lib.sh"
file=deploy/overlays/$1/kustomization.yaml
require_not_banned "$1" "$TAG"
sed -i "s/newTag: .*/newTag: $TAG/" "$file"
propose "$(branch_of "$1")"
`,
  ],
  [
    "scripts/lib.sh",
    `branch_of() {
  case $1 in
    dev) printf dev ;;
    prod) printf main ;;
  esac
}

require_not_banned() {
  ! grep -qxF -e "$2" "deploy/overlays/$1/banned-tags.txt"
}

propose() {
  gh pr create --base "$1" --fill
}
`,
  ],
  [
    ".github/workflows/notifications.yml",
    `name: Notifications
on:
  workflow_run:
    workflows:
      - "CI"
      - "CD"
    types: [completed]
jobs:
  notify:
    if: github.event.workflow_run.conclusion != 'skipped'
    runs-on: ubuntu-24.04
    environment:
      name: notifications
      deployment: false
    steps:
      - name: Tell the channels
        env:
          SLACK: \${{ secrets.SLACK }}
          WORKFLOWS: |
            {"ci.yml":{"name":"CI"},"cd.yml":{"name":"CD"}}
          CHANNELS: |
            {"team":{"kind":"slack","channel":"#deployments","secret":"SLACK"}}
          RULES: |
            [{"workflow":"ci.yml","branch":"main","outcome":"failure","to":["team"]},{"workflow":"cd.yml","outcome":"failure","to":["team"]}]
        run: tell
`,
  ],
]);
