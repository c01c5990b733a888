import { duration } from "./format";
import { t } from "./words.svelte";

/** Work at a station, held against its machine. */
export interface Stay { machine: string | null; station: string; order: string | null; bundles: string[]; from: number | null; to: number; scanned: number; counted: number | null; run_s: number | null; stopped_s: number | null; unclear: "begin" | "machines" | "overlap" | "coverage" | null; differs: boolean; still: boolean }

/** What a machine counted and did while work was at its station. */
export const stayed = (of: Stay): string => [
  of.counted === null ? "" : t("report.differs", { scanned: of.scanned, counted: of.counted }),
  of.run_s === null ? "" : t("report.ran", { run: duration(of.run_s), stopped: duration(of.stopped_s ?? 0) }),
  of.unclear ? t(`report.unclear_${of.unclear}`) : "",
].filter(Boolean).join(" · ");
