import { atLeast, roleOf } from "../../core/access.ts";
import type { Role } from "../../core/access.ts";
import type { ApiPermission } from "../../core/records.ts";

const PERMISSIONS: readonly ApiPermission[] = ["pull", "triage", "push", "maintain", "admin"];

/** A permission by the name that requests use, or by the role's: `write` is `push`. Undefined when it is neither. */
export function permissionNamed(name: unknown): ApiPermission | undefined {
  return PERMISSIONS.find((permission) => permission === name || roleOf(permission) === name);
}

/** `{ pull: true, triage: true, push: false, … }`: every right that a permission includes. */
export function permissionFlags(permission: ApiPermission): Record<ApiPermission, boolean> {
  return roleFlags(roleOf(permission));
}

export function roleFlags(role: Role): Record<ApiPermission, boolean> {
  const flag = (permission: ApiPermission): boolean => atLeast(role, roleOf(permission));
  return { admin: flag("admin"), maintain: flag("maintain"), push: flag("push"), triage: flag("triage"), pull: flag("pull") };
}
