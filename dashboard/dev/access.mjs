// Who may do what in the recorded shop. What is answered stands in office.json, whose shape a test holds against the real API.

import { told } from "./told.mjs";

const pins = new Map(told.users.pins.map((badge) => [badge, "2580"]));
const STAYS = { ko: "사장님 한 사람은 남아 있어야 해요.", en: "Somebody must stay owner." }, AUDITS = 45;
let { users } = told.users, { tokens } = told.tokens, made = 0;
const owned = (some) => some.some(({ role }) => role === "owner" || role === "installer");
const put = (some) => (owned(some) ? ((users = some), [200, { ok: true }]) : [409, { detail: STAYS }]);

/** The told ones again and again, each older than the one before. */
const audits = (now) => Array.from({ length: AUDITS }, (_, i) => {
  const one = told.audit.audit[i % told.audit.audit.length], round = Math.floor(i / told.audit.audit.length);
  return { ...one, id: `gw_1:e:2-b2:${AUDITS - i}`, ts: now + one.ts - round * 172_800_000 };
});

/** What is read, by its path; `now` tells the server's time. */
export const reading = (now) => ({
  users: () => ({ users, pins: [...pins.keys()].sort((a, b) => a - b) }),
  tokens: () => ({ tokens: tokens.map((one) => ({ ...one, made: now() + one.made, until: one.until && now() + one.until, used: one.used && now() + one.used })) }),
  https: () => told.https,
  audit: (query) => {
    const all = audits(now()), first = query.has("before") ? all.findIndex(({ id }) => id === query.get("before")) + 1 : 0;
    return { audit: all.slice(first, first + Number(query.get("limit") ?? 50)) };
  },
});
export const ASKED = { audit: ["before", "limit"] };
export const fits = ({ badge, pin }) => pins.get(badge) === pin;

/** What an owner changes: the status and the answer; null for what is not of access. */
export function write(path, body) {
  const [, kind, name, action] = path.match(/^(users|tokens|pins|https)(?:\/([^/]+))?(?:\/(\w+))?$/) ?? [], user = decodeURIComponent(name ?? "");
  if (kind === "https") return (told.https.restart = body.on !== told.https.on), [200, { restart: told.https.restart }];
  if (kind === "pins") return body.pin ? pins.set(body.badge, body.pin) : pins.delete(body.badge), [200, { ok: true }];
  if (kind === "users" && action === "remove") return put(users.filter((one) => one.user !== user));
  if (kind === "users" && name) return put(users.map((one) => (one.user === user ? { user, role: body.role ?? one.role } : one)));
  if (kind === "users") return users.some((one) => one.user === body.user) ? [409, { detail: { ko: "이 이름은 이미 있어요.", en: "There is such a user already." } }] : put([...users, { user: body.user, role: body.role }]);
  if (kind === "tokens" && action === "revoke") return (tokens = tokens.filter(({ id }) => id !== name)), [200, { ok: true }];
  if (kind !== "tokens") return null;
  made += 1;
  tokens = [...tokens, { id: `made${made}`, name: body.name, scopes: body.scopes, made: 0, until: body.days ? body.days * 86_400_000 : 0, by: "owner", used: 0 }];
  return [200, { id: `made${made}`, token: `gongbang_a-token-of-${made}` }];
}
