import { t } from "./words.svelte";

const ROLES = ["operator", "owner", "installer"] as const;

/** Who did it, as people say it: the gateway's own accounts are called like their role. */
export function person(by: string | null | undefined): string {
  const role = ROLES.find((known) => known === by);
  return role ? t(`role.${role}`) : (by ?? "");
}
