import type { Call } from "./types";
import { pick, t } from "./words.svelte";

/** Where, what for and who, in one line: "봉제 3 · 자재 호출 · 은하". */
export function called(call: Call): string {
  return [pick(call.station_label, call.station), t(`called.${call.what ?? "help"}`), call.worker_name ?? call.worker ?? ""].filter(Boolean).join(" · ");
}
