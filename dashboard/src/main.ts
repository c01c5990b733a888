import { mount } from "svelte";
import "../.cache/fonts/fonts.css";
import "./app.css";
import App from "./App.svelte";
import { session } from "./lib/session.svelte";
import { words } from "./lib/words.svelte";

words.from(async (language) => (language === "ko" ? await import("../../gateway/words/ko.json") : await import("../../gateway/words/en.json")).default);

async function start(target: HTMLElement): Promise<void> {
  const remembered = words.remembered();
  const early = words.choose(remembered ?? "ko"); // beside the question who looks: most shops speak it
  await Promise.race([session.load(), new Promise((done) => setTimeout(done, 3000))]);
  await early;
  const language = remembered ?? session.workshop?.language ?? "ko";
  if (language !== words.language) await words.choose(language);
  mount(App, { target });
}

const app = document.getElementById("app");
if (!app) throw new Error("index.html has no #app");
void start(app);
