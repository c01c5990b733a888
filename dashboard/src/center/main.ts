import { mount } from "svelte";
import "../../.cache/fonts/fonts.css";
import "../app.css";
import { words } from "../lib/words.svelte";
import Center from "./Center.svelte";
import { fleet } from "./fleet.svelte";

const CATALOGUES = {
  ko: () => Promise.all([import("../../../gateway/words/ko.json"), import("../../../center/words/ko.json")]),
  en: () => Promise.all([import("../../../gateway/words/en.json"), import("../../../center/words/en.json")]),
};

async function start(target: HTMLElement): Promise<void> {
  const told = fleet.start();
  words.from(async (language) => {
    const [shared, own] = await CATALOGUES[language]();
    return { ...shared.default, ...own.default };
  });
  const remembered = words.remembered();
  await words.choose(remembered ?? "ko"); // beside the question what the center speaks
  const language = remembered ?? (await told) ?? "ko";
  if (language !== words.language) await words.choose(language);
  mount(Center, { target });
}

const app = document.getElementById("app");
if (!app) throw new Error("center.html has no #app");
void start(app);
