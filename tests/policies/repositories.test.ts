import { specify, UNKNOWN } from "./examples.ts";

const type = "github:index/repository:Repository";

specify("repository-visibility-stated", {
  pass: {
    "a private repository": { given: [{ type, properties: { visibility: "private" } }] },
    "the older way to say it": { given: [{ type, properties: { private: true } }] },
  },
  fail: { "one that says nothing": { given: [{ type }], says: /makes it public/ } },
  unknown: { "a visibility that is computed": { given: [{ type, properties: { visibility: UNKNOWN } }] } },
});

specify("repository-protected-from-deletion", {
  pass: {
    "a protected one": { given: [{ type, protect: true }] },
    "a retained one": { given: [{ type, retainOnDelete: true }] },
    "one that is archived instead": { given: [{ type, properties: { archiveOnDestroy: true } }] },
  },
  fail: { "any other": { given: [{ type }], says: /neither protected/ } },
  unknown: { "a computed archiveOnDestroy": { given: [{ type, properties: { archiveOnDestroy: UNKNOWN } }] } },
});

const scanning = { secretScanning: { status: "enabled" }, secretScanningPushProtection: { status: "enabled" } };
specify("repository-secret-scanning", {
  pass: {
    "a public repository that scans and refuses": {
      given: [{ type, properties: { visibility: "public", securityAndAnalysis: scanning } }],
    },
    "a private one, where scanning is sold apart": { given: [{ type, properties: { visibility: "private" } }] },
  },
  fail: {
    "a public one that says nothing": { given: [{ type, properties: { visibility: "public" } }], says: /secretScanning is not enabled/ },
    "one that scans, but lets a push through": {
      given: [
        {
          type,
          properties: { visibility: "public", securityAndAnalysis: { ...scanning, secretScanningPushProtection: { status: "disabled" } } },
        },
      ],
      says: /^secretScanningPushProtection is not enabled$/,
    },
  },
  unknown: { "a visibility that is computed": { given: [{ type, properties: { visibility: UNKNOWN, securityAndAnalysis: scanning } }] } },
});

specify("repository-deletes-merged-branches", {
  pass: { "one that does": { given: [{ type, properties: { deleteBranchOnMerge: true } }] } },
  fail: { "one that keeps them": { given: [{ type, properties: { deleteBranchOnMerge: false } }], says: /stay/ } },
  unknown: { "a computed setting": { given: [{ type, properties: { deleteBranchOnMerge: UNKNOWN } }] } },
});
