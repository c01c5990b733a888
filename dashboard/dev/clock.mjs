// The clock of a fixture server stands still at `--at` (ms since 1970): what it plays is then the same on every day. Imported before all else.

import { parseArgs } from "node:util";

const { at } = parseArgs({ options: { at: { type: "string" } }, strict: false }).values;
if (at) Date.now = () => Number(at);
