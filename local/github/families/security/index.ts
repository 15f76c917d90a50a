/**
 * Vulnerability alerts, automated security fixes and private vulnerability reporting. Whether fixes are on is kept in the repository's
 * `security_and_analysis`, which shows and sets it too.
 */
import { repositoryOf } from "../../core/access.ts";
import { ApiError, notFound, unprocessable } from "../../core/errors.ts";
import type { Call, Family } from "../../core/family.ts";
import { repositories } from "../../core/records.ts";
import { noContent, ok } from "../../core/replies.ts";
import type { Store } from "../../core/store.ts";
import { single } from "../support/single.ts";

const features = single<{ readonly alerts: boolean; readonly reporting: boolean }>("security-features", {
  alerts: false,
  reporting: false,
});
const FIXES = "dependabot_security_updates";

/** Are vulnerability alerts on? */
const hasVulnerabilityAlerts = (store: Store, repositoryId: number): boolean => features.read(store, repositoryId).alerts;

const admin = (call: Call): ReturnType<typeof repositoryOf> => repositoryOf(call, "admin");

function setFixes(call: Call, state: "enabled" | "disabled"): void {
  const { id, value } = admin(call);
  if (value.securityAndAnalysis[FIXES] === state) return;
  repositories(call.store).update(id, {
    ...value,
    securityAndAnalysis: { ...value.securityAndAnalysis, [FIXES]: state },
    updatedAt: call.now,
  });
}

function setReporting(call: Call, reporting: boolean): void {
  const { id, value } = admin(call);
  if (value.visibility !== "public") throw unprocessable("Private vulnerability reporting is available for public repositories only.");
  features.write(call.store, id, { reporting });
}

export const securityFamily: Family = {
  name: "security",
  operations: {
    "repos/check-vulnerability-alerts": (call) => {
      if (!hasVulnerabilityAlerts(call.store, admin(call).id)) throw new ApiError(404, "Vulnerability alerts are disabled.");
      return noContent();
    },
    "repos/enable-vulnerability-alerts": (call) => {
      features.write(call.store, admin(call).id, { alerts: true });
      return noContent();
    },
    "repos/disable-vulnerability-alerts": (call) => {
      features.write(call.store, admin(call).id, { alerts: false });
      // Fixes are made from alerts: GitHub turns them off together.
      setFixes(call, "disabled");
      return noContent();
    },
    "repos/check-automated-security-fixes": (call) => {
      const { id, value } = repositoryOf(call);
      if (!hasVulnerabilityAlerts(call.store, id)) throw notFound();
      return ok({ enabled: value.securityAndAnalysis[FIXES] === "enabled", paused: false });
    },
    "repos/enable-automated-security-fixes": (call) => {
      if (!hasVulnerabilityAlerts(call.store, admin(call).id)) {
        throw unprocessable("Vulnerability alerts must be enabled to configure automated security fixes.");
      }
      setFixes(call, "enabled");
      return noContent();
    },
    "repos/disable-automated-security-fixes": (call) => {
      setFixes(call, "disabled");
      return noContent();
    },
    "repos/check-private-vulnerability-reporting": (call) => ok({ enabled: features.read(call.store, repositoryOf(call).id).reporting }),
    "repos/enable-private-vulnerability-reporting": (call) => {
      setReporting(call, true);
      return noContent();
    },
    "repos/disable-private-vulnerability-reporting": (call) => {
      setReporting(call, false);
      return noContent();
    },
  },
  onRepositoryDeleted: (store, repositoryId) => {
    features.clear(store, repositoryId);
  },
};
