import { mount } from "svelte";
import "../.cache/fonts/fonts.css";
import "./app.css";
import "./early.css";
import App from "./App.svelte";
import { session } from "./lib/session.svelte";
import { words } from "./lib/words.svelte";
import { kept, keepShell } from "./shell/install.svelte";

const PATIENCE_MS = kept ? 300 : 3000; // a page that was kept was opened because the gateway is silent

words.from(async (language) => (language === "ko" ? await import("../../gateway/words/ko.json") : await import("../../gateway/words/en.json")).default);

async function start(target: HTMLElement): Promise<void> {
  const remembered = words.remembered();
  const early = words.choose(remembered ?? "ko"); // beside the question who looks: most shops speak it
  await Promise.race([session.load(), new Promise((done) => setTimeout(done, PATIENCE_MS))]);
  await early;
  const language = remembered ?? session.workshop?.language ?? "ko";
  if (language !== words.language) await words.choose(language);
  document.getElementById("early")?.remove();
  mount(App, { target });
  void keepShell();
}

const app = document.getElementById("app");
if (!app) throw new Error("index.html has no #app");
void start(app);
