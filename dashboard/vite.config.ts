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

/** Either server shows its page at "/". */
const asIndex: Plugin = {
  name: "as-index",
  enforce: "post",
  generateBundle(_, bundle) {
    const page = bundle["center.html"];
    if (page) page.fileName = "index.html";
  },
};

/** Two pages out of one source, each with what it needs and no more: the gateway's, and with `--mode center` the support center's. */
const PAGES = {
  gateway: { page: "index.html", outDir: here("../gateway/web/static"), server: "http://127.0.0.1:8080" },
  center: { page: "center.html", outDir: here("../center/static"), server: "http://127.0.0.1:8090" },
};

export default defineConfig(({ mode }) => {
  const { page, outDir, server } = PAGES[mode === "center" ? "center" : "gateway"];
  return {
    plugins: [svelte(), fontLicence, asIndex],
    build: {
      target: ["chrome88", "safari14"],
      outDir,
      emptyOutDir: true,
      assetsInlineLimit: 0, // the content security policy allows no data: addresses
      modulePreload: { polyfill: false },
      rollupOptions: { input: here(page) },
    },
    server: { fs: { allow: [here("..")] }, proxy: { "/api": server, "/login": server } },
  };
});
