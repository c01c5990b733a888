// Copies Pretendard (OFL 1.1), unchanged, to where labels and reports are printed with it, and its licence with it.

import { copyFileSync, mkdirSync } from "node:fs";

const here = (path) => new URL(path, import.meta.url);
const source = here("../node_modules/pretendard/dist/");
const out = here("../../gateway/printing/static/");

mkdirSync(out, { recursive: true });
for (const weight of ["Regular", "Bold"]) {
  copyFileSync(new URL(`public/static/alternative/Pretendard-${weight}.ttf`, source), new URL(`Pretendard-${weight}.ttf`, out));
}
copyFileSync(new URL("LICENSE.txt", source), new URL("OFL.txt", out));
