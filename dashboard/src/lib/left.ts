import { age } from "./format";
import type { Component } from "./types";
import { t } from "./words.svelte";

type Fact = [label: string, value: string];

const AT_THE_DOOR = ["too_often", "wrong_guesses", "audit_left_out", "behind", "stopped_reading"] as const;

/** What a publisher still has to send, and when its center took something last; how much a full journal thinned out; what
 * the web server turned away. */
export function left({ detail }: Component, now: number): Fact[] {
  const events = count(detail.behind_e ?? detail.behind_events), blocks = count(detail.behind_s ?? detail.behind_blocks);
  const facts: Fact[] = [];
  if (events !== null) facts.push([t("health.events_left"), t("health.rows", { n: events })]);
  if (blocks !== null) facts.push([t("health.blocks_left"), t("health.blocks", { n: blocks })]);
  const confirmed = count(detail.confirmed_e_ms);
  if (confirmed !== null) facts.push([t("health.confirmed"), age(confirmed, now)]);
  if (detail.thinned) facts.push([t("health.thinned"), t("health.rows", { n: Number(detail.thinned) })]);
  for (const name of AT_THE_DOOR) if (detail[name]) facts.push([t(`health.${name}`), t("health.times", { n: Number(detail[name]) })]);
  return facts;
}

const count = (value: unknown): number | null => (typeof value === "number" ? value : null);
