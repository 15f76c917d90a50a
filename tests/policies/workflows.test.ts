import { specify, type Example } from "./examples.ts";

const sha = "0".repeat(40);
interface Text {
  readonly on?: string;
  readonly top?: string;
  readonly job?: string;
  readonly steps?: string;
}
/** A sound workflow with what the example changes. */
const workflow = ({ on = "push", top = "permissions: {}", job = "", steps = "- run: make test" }: Text): Example => ({
  given: `name: CI
on: ${on}
${top}
jobs:
  test:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
${job.replace(/^/gm, "    ")}
    steps:
${steps.replace(/^/gm, "      ")}
`,
});
const plain = workflow({});

specify("workflow-permissions-stated", {
  pass: { "at the top": plain, "in the job": workflow({ top: "", job: "permissions: { contents: read }" }) },
  fail: { nowhere: { ...workflow({ top: "" }), says: /job test gets the default token/ } },
});

specify("workflow-permissions-read", {
  pass: {
    "reading at the top": workflow({ top: "permissions: { contents: read }" }),
    "writing in a job": workflow({ job: "permissions: { contents: write }" }),
  },
  fail: {
    "writing at the top": {
      ...workflow({ top: "permissions: { contents: write, packages: write }" }),
      says: /may write contents, packages/,
    },
    "everything at the top": { ...workflow({ top: "permissions: write-all" }), says: /everything/ },
  },
});

specify("workflow-no-write-all", {
  pass: { "named scopes": plain, "reading everything": workflow({ top: "permissions: read-all" }) },
  fail: {
    "a job that may": { ...workflow({ job: "permissions: write-all" }), says: /write-all/ },
    "all jobs": { ...workflow({ top: "permissions: write-all" }), says: /write-all/ },
  },
});

specify("workflow-actions-pinned", {
  pass: {
    "a commit": workflow({ steps: `- uses: actions/checkout@${sha} # v5.0.0` }),
    "an action of the repository itself": workflow({ steps: "- uses: ./.github/actions/setup" }),
    "an image by digest": workflow({ steps: `- uses: docker://alpine@sha256:${"0".repeat(64)}` }),
  },
  fail: {
    "a tag": { ...workflow({ steps: "- uses: actions/checkout@v5" }), says: /checkout@v5 is not pinned/ },
    "a short commit": { ...workflow({ steps: "- uses: actions/checkout@0000000" }), says: /not pinned/ },
    "an image by tag": { ...workflow({ steps: "- uses: docker://alpine:3" }), says: /not pinned/ },
  },
});

specify("workflow-pins-commented", {
  pass: {
    "with its version": workflow({ steps: `- uses: actions/checkout@${sha} # v5.0.0` }),
    "a tag, which is another rule's": workflow({ steps: "- uses: actions/checkout@v5" }),
  },
  fail: { without: { ...workflow({ steps: `- uses: actions/checkout@${sha}` }), says: /its version/ } },
});

specify("workflow-images-pinned", {
  pass: {
    "a digest": workflow({ job: `container: node@sha256:${"0".repeat(64)}` }),
    "a computed one": workflow({ job: "container: ${{ vars.IMAGE }}" }),
    none: plain,
  },
  fail: {
    "a container by tag": { ...workflow({ job: "container: node:22" }), says: /node:22/ },
    "a container as an object": { ...workflow({ job: "container: { image: node }" }), says: /node is not pinned/ },
    "a service": { ...workflow({ job: "services: { db: { image: 'postgres:17' } }" }), says: /postgres:17/ },
  },
});

const checkout = (reference: string) => `- uses: actions/checkout@${sha}\n  with: { ref: "\${{ ${reference} }}" }`;
const head = checkout("github.event.pull_request.head.sha");
specify("workflow-no-foreign-checkout", {
  pass: {
    "a plain pull_request, which has no rights": workflow({ on: "pull_request", steps: head }),
    "the base": workflow({ on: "pull_request_target", steps: `- uses: actions/checkout@${sha}` }),
    "a run that somebody pushed who may": workflow({
      on: "workflow_run",
      job: "if: github.event.workflow_run.event == 'push'",
      steps: checkout("github.event.workflow_run.head_sha"),
    }),
    "a job that no fork starts, in a repository that it names": workflow({
      on: "pull_request_target",
      job: "if: github.repository == 'acme/app' && github.event.pull_request.head.repo.full_name == 'acme/app'",
      steps: head,
    }),
    "a job for no fork": workflow({ on: "pull_request_target", job: "if: ${{ !github.event.pull_request.head.repo.fork }}", steps: head }),
    "a job that only somebody who may push starts": workflow({
      on: "[pull_request_target, workflow_dispatch]",
      job: "if: github.event_name == 'workflow_dispatch'",
      steps: "- run: gh pr checkout 1",
    }),
    "a pull request's commits where there are no rights": workflow({ on: "pull_request", steps: "- run: gh pr checkout 1" }),
    "a job behind one that asks": {
      given: `on: workflow_run
jobs:
  gate:
    if: github.event.workflow_run.head_repository.full_name == github.repository
    runs-on: ubuntu-24.04
    steps: [{ run: "true" }]
  build:
    needs: [gate]
    runs-on: ubuntu-24.04
    steps: [{ uses: "actions/checkout@v5", with: { ref: "\${{ github.event.workflow_run.head_sha }}" } }]
`,
    },
  },
  fail: {
    "the head in pull_request_target": { ...workflow({ on: "pull_request_target", steps: head }), says: /head of the pull request/ },
    "the head's branch": { ...workflow({ on: "pull_request_target", steps: checkout("github.head_ref") }), says: /head/ },
    "any run's head": { ...workflow({ on: "workflow_run", steps: checkout("github.event.workflow_run.head_sha") }), says: /head/ },
    "a job that asks whose it is, or something else": {
      ...workflow({
        on: "pull_request_target",
        job: "if: github.event.pull_request.draft || github.event.pull_request.head.repo.full_name == github.repository",
        steps: head,
      }),
      says: /head/,
    },
    "a job of one repository, for any fork": {
      ...workflow({ on: "pull_request_target", job: "if: github.repository == 'acme/app'", steps: head }),
      says: /head/,
    },
    "what an earlier step chose": {
      ...workflow({ on: "issue_comment", steps: checkout("steps.pr.outputs.sha") }),
      says: /what an earlier step chose/,
    },
    "gh pr checkout": { ...workflow({ on: "issue_comment", steps: '- run: gh pr checkout "$NUMBER"' }), says: /gh pr checkout/ },
    "a fetch of its commits": {
      ...workflow({ on: "pull_request_target", steps: '- run: git fetch origin "pull/${NUMBER}/head"' }),
      says: /git fetch/,
    },
    "a job that runs whatever became of the gate": {
      given: `on: workflow_run
jobs:
  gate:
    if: github.event.workflow_run.event == 'push'
    runs-on: ubuntu-24.04
    steps: [{ run: "true" }]
  build:
    needs: gate
    if: always()
    runs-on: ubuntu-24.04
    steps: [{ uses: "actions/checkout@v5", with: { ref: "\${{ github.event.workflow_run.head_sha }}" } }]
`,
      says: /head/,
    },
  },
});

specify("workflow-no-injection", {
  pass: {
    "a title by env": workflow({ steps: '- run: echo "$TITLE"\n  env: { TITLE: "${{ github.event.pull_request.title }}" }' }),
    "a number": workflow({ steps: '- run: echo "${{ github.event.pull_request.number }}"' }),
    "a text that is only compared": workflow({ steps: "- run: deploy ${{ (github.head_ref == 'main' && '--prod') || '' }}" }),
    "a text that is only asked about": workflow({ steps: "- run: echo ${{ contains(github.event.comment.body, '/ok') }}" }),
    "one that is there only where it is empty": workflow({ steps: "- run: echo ${{ github.head_ref && github.ref || github.run_id }}" }),
  },
  fail: {
    "a title": { ...workflow({ steps: '- run: echo "${{ github.event.pull_request.title }}"' }), says: /pull_request\.title/ },
    "a branch": { ...workflow({ steps: "- run: git checkout ${{ github.head_ref }}" }), says: /head_ref/ },
    "a comment in github-script": {
      ...workflow({ steps: `- uses: actions/github-script@${sha}\n  with: { script: "core.info('\${{ github.event.comment.body }}')" }` }),
      says: /comment\.body/,
    },
    "the second line of a block": {
      ...workflow({ steps: "- run: |\n    true\n    echo ${{ github.event.issue.title }}" }),
      says: /issue\.title/,
    },
    "in brackets": { ...workflow({ steps: "- run: echo ${{ github.event['issue']['title'] }}" }), says: /title/ },
    "the whole event": { ...workflow({ steps: "- run: echo '${{ toJSON(github.event) }}'" }), says: /github\.event/ },
    "one commit of many": { ...workflow({ steps: "- run: echo ${{ github.event.commits[0].message }}" }), says: /commits/ },
    "an expression over two lines": {
      ...workflow({ steps: "- run: |\n    echo ${{ github.run_id ||\n      github.head_ref }}" }),
      says: /head_ref/,
    },
    "inside of a function": { ...workflow({ steps: "- run: echo ${{ format('{0}', github.event.review.body) }}" }), says: /review\.body/ },
  },
});

specify("workflow-inputs-by-env", {
  pass: { "by env": workflow({ on: "workflow_dispatch", steps: '- run: echo "$TAG"\n  env: { TAG: "${{ inputs.tag }}" }' }) },
  fail: {
    "in the script": { ...workflow({ on: "workflow_dispatch", steps: "- run: deploy ${{ inputs.tag }}" }), says: /inputs\.tag/ },
    "the longer name": {
      ...workflow({ on: "workflow_dispatch", steps: "- run: deploy ${{ github.event.inputs.tag }}" }),
      says: /inputs\.tag/,
    },
  },
});

specify("workflow-secrets-by-env", {
  pass: { "by env": workflow({ steps: '- run: login "$TOKEN"\n  env: { TOKEN: "${{ secrets.TOKEN }}" }' }) },
  fail: { "in the script": { ...workflow({ steps: "- run: login ${{ secrets.TOKEN }}" }), says: /secrets\.TOKEN/ } },
});

specify("workflow-no-piped-download", {
  pass: {
    "a file that is kept": workflow({ steps: "- run: curl -fsSLo tool https://example.org/tool" }),
    "a pipe into something else": workflow({ steps: "- run: curl -fsS https://example.org | jq .x" }),
  },
  fail: {
    "into sh": { ...workflow({ steps: "- run: curl -fsSL https://example.org/install.sh | sh" }), says: /piped/ },
    "into bash as root": { ...workflow({ steps: "- run: wget -qO- https://example.org/i | sudo bash -s" }), says: /piped/ },
  },
});

specify("workflow-no-old-commands", {
  pass: { "the file of outputs": workflow({ steps: '- run: echo "a=1" >> "$GITHUB_OUTPUT"' }) },
  fail: {
    "set-output": { ...workflow({ steps: '- run: echo "::set-output name=a::1"' }), says: /set-output/ },
    "set-env": { ...workflow({ steps: '- run: echo "::set-env name=A::1"' }), says: /set-env/ },
  },
});

const caller = (uses: string, secrets: string): Example => ({
  given: `on: push\njobs:\n  call:\n    uses: ${uses}\n    secrets: ${secrets}\n`,
});
specify("workflow-secrets-not-inherited", {
  pass: {
    "a workflow of the repository itself": caller("./.github/workflows/build.yml", "inherit"),
    "named ones": caller(`octo-org/x/.github/workflows/b.yml@${sha}`, "{ TOKEN: x }"),
  },
  fail: { "all of them": { ...caller(`octo-org/x/.github/workflows/b.yml@${sha}`, "inherit"), says: /job call hands every secret/ } },
});

specify("workflow-no-foreign-runner", {
  pass: {
    "a push": workflow({ job: "" }),
    "a hosted runner": workflow({ on: "pull_request" }),
    "a group of GitHub's larger runners": {
      given: "on: pull_request\njobs: { a: { runs-on: { group: big }, steps: [] } }",
      parameters: { hostedGroups: ["big"] },
    },
    "one's own machine for a push": { given: "on: push\njobs: { a: { runs-on: [self-hosted], steps: [] } }" },
  },
  fail: {
    "a pull request": {
      given: "on: pull_request\njobs: { a: { runs-on: [self-hosted, linux], steps: [] } }",
      says: /job a runs on a self-hosted/,
    },
    "a runner group": { given: "on: [push, pull_request]\njobs: { a: { runs-on: { group: big }, steps: [] } }", says: /self-hosted/ },
    "an expression": {
      given: "on: pull_request\njobs: { a: { runs-on: \"${{ fromJSON(vars.OWN && '[\\\"self-hosted\\\"]' || '1') }}\", steps: [] } }",
      says: /self-hosted/,
    },
    "a matrix": {
      given: "on: pull_request\njobs: { a: { strategy: { matrix: { os: [x, self-hosted] } }, runs-on: '${{ matrix.os }}', steps: [] } }",
      says: /self-hosted/,
    },
  },
});

specify("workflow-timeouts", {
  pass: { "one that is stated": plain, "a called workflow, which states its own": caller("./.github/workflows/build.yml", "{}") },
  fail: { none: { given: "on: push\njobs: { a: { runs-on: ubuntu-24.04, steps: [{ run: x }] } }", says: /job a has no timeout/ } },
});

specify("workflow-identity-with-environment", {
  pass: {
    "in an environment": workflow({ job: "permissions: { id-token: write }\nenvironment: prod" }),
    "no identity": plain,
  },
  fail: {
    "in none": { ...workflow({ job: "permissions: { id-token: write }" }), says: /in no environment/ },
    "a right of the whole workflow": { ...workflow({ top: "permissions: { id-token: write }" }), says: /in no environment/ },
  },
});

specify("workflow-deployments-one-by-one", {
  pass: {
    "a group of the job": workflow({ job: "environment: prod\nconcurrency: prod" }),
    "a group of the workflow": workflow({ top: "permissions: {}\nconcurrency: prod", job: "environment: prod" }),
    "another environment": workflow({ job: "environment: notifications" }),
  },
  fail: { none: { ...workflow({ job: "environment: { name: production }" }), says: /deploys to production/ } },
});
