import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";
import { installable } from "./scripts/installable.ts";
import { plainPrivates } from "./scripts/privates.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What is shipped travels with its licence. */
const licence = (name: string, from: string): Plugin => ({
  name: `licence-${name}`,
  generateBundle() {
    this.emitFile({ type: "asset", fileName: `assets/${name}.txt`, source: readFileSync(here(`node_modules/${from}`)) });
  },
});

/** Either server shows its page at "/". */
const asIndex: Plugin = {
  name: "as-index",
  enforce: "post",
  generateBundle(_, bundle) {
    const page = bundle["center.html"];
    if (page) page.fileName = "index.html";
  },
};

/** Most shops speak Korean: on the gateway's page its words come with the script that asks for them, and not after it. */
const wordsEarly: Plugin = {
  name: "words-early",
  transformIndexHtml: {
    order: "post",
    handler: (_, { bundle }) =>
      Object.keys(bundle ?? {})
        .filter((file) => /^assets\/ko-[^/]+\.js$/.test(file))
        .map((file) => ({ tag: "link", attrs: { rel: "modulepreload", crossorigin: true, href: `/${file}` } })),
  },
};

/** Two pages out of one source, each with what it needs and no more: the gateway's, and with `--mode center` the support center's. */
const PAGES = {
  gateway: { page: "index.html", worker: { worker: here("src/shell/worker.ts") }, outDir: here("../gateway/web/static"), server: "http://127.0.0.1:8080" },
  center: { page: "center.html", worker: {}, outDir: here("../center/static"), server: "http://127.0.0.1:8090" },
};

export default defineConfig(({ mode }) => {
  const { page, worker, outDir, server } = PAGES[mode === "center" ? "center" : "gateway"];
  return {
    plugins: [
      svelte(),
      plainPrivates,
      licence("gongbang-sans-OFL", "pretendard/dist/LICENSE.txt"),
      asIndex,
      ...(mode === "center" ? [] : [licence("zxing-wasm-MIT", "zxing-wasm/LICENSE"), wordsEarly, installable]),
    ],
    build: {
      target: ["chrome91", "safari14"], // serves 88 as well: what is different is spread arguments after ?. alone, of which we have none
      outDir,
      emptyOutDir: true,
      assetsInlineLimit: 0, // the content security policy allows no data: addresses
      modulePreload: { polyfill: false },
      rollupOptions: {
        input: { index: here(page), ...worker },
        output: { entryFileNames: ({ name }) => (name === "worker" ? "worker.js" : "assets/[name]-[hash].js") }, // a worker of the root rules the root
      },
    },
    server: { fs: { allow: [here("..")] }, proxy: { "/api": server, "/login": server } },
  };
});
