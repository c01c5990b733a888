import { mount } from "svelte";
import centerEn from "../../../center/words/en.json";
import centerKo from "../../../center/words/ko.json";
import sharedEn from "../../../gateway/words/en.json";
import sharedKo from "../../../gateway/words/ko.json";
import "../../.cache/fonts/fonts.css";
import "../app.css";
import { words } from "../lib/words.svelte";
import Center from "./Center.svelte";
import { fleet } from "./fleet.svelte";

// Both languages at once: four kilobytes cost less than another way to the server before the first view.
const CATALOGUES = { ko: { ...sharedKo, ...centerKo }, en: { ...sharedEn, ...centerEn } };

async function start(target: HTMLElement): Promise<void> {
  const told = fleet.start();
  words.from((language) => Promise.resolve(CATALOGUES[language]));
  await words.choose(words.remembered() ?? (await told) ?? "ko");
  mount(Center, { target });
}

const app = document.getElementById("app");
if (!app) throw new Error("center.html has no #app");
void start(app);
