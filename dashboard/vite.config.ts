import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The Open Font License asks that its text travels with the fonts. */
const fontLicence: Plugin = {
  name: "font-licence",
  generateBundle() {
    const source = readFileSync(here("node_modules/pretendard/dist/LICENSE.txt"));
    this.emitFile({ type: "asset", fileName: "assets/gongbang-sans-OFL.txt", source });
  },
};

export default defineConfig({
  plugins: [svelte(), fontLicence],
  build: {
    target: ["chrome88", "safari14"],
    outDir: here("../gateway/web/static"),
    emptyOutDir: true,
    assetsInlineLimit: 0, // the content security policy allows no data: addresses
    modulePreload: { polyfill: false },
  },
  server: { fs: { allow: [here("..")] }, proxy: { "/api": "http://127.0.0.1:8080" } },
});
