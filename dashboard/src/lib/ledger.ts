import { number } from "./format";
import type { Component } from "./types";
import { t, type Key } from "./words.svelte";

interface Part { what: string; reason: string; rows: number }
interface Account { stream: string; whole: number; parts: Part[]; closes: boolean }

const TROUBLE = new Set(["refused", "lost", "unexplained"]);

/** What became of a component's rows, as sums in words: of its events or readings, and wherever something is amiss. */
export function ledger({ detail }: Component): { text: string; amiss: boolean }[] {
  const accounts = Array.isArray(detail.ledger) ? (detail.ledger as Account[]) : [];
  const main = accounts.find((account) => account.stream === "e") ?? accounts[0];
  return accounts.filter((account) => account === main || amiss(account)).map((account) => ({ text: sum(account), amiss: amiss(account) }));
}

const amiss = (account: Account) => account.parts.some((part) => TROUBLE.has(part.what));

function sum({ stream, whole, parts }: Account): string {
  const rows = new Map<string, number>();
  for (const part of parts) rows.set(part.what, (rows.get(part.what) ?? 0) + part.rows);
  const became = [...rows].map(([what, n]) => `${t(`ledger.${what}` as Key)} ${number(n)}`).join(" · ");
  return `${t(`ledger.${stream}` as Key)} ${number(whole)}${became && " = "}${became}`;
}
