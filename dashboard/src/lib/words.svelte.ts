import type ko from "../../../gateway/words/ko.json";
import { fill, type Values } from "./fill";
import type { Language, Text } from "./types";

export type Key = keyof typeof ko;

const KEPT = "gongbang.language";
const LOAD: Record<Language, () => Promise<{ default: Record<string, string> }>> = {
  ko: () => import("../../../gateway/words/ko.json"),
  en: () => import("../../../gateway/words/en.json"),
};

/** The language of the screen and its catalogue; only the chosen one is loaded. */
class Words {
  language = $state<Language>("ko");
  #catalogue = $state.raw<Record<string, string>>({});

  async choose(language: Language): Promise<void> {
    this.#catalogue = (await LOAD[language]()).default;
    this.language = language;
    document.documentElement.lang = language;
  }

  async keep(language: Language): Promise<void> {
    try { localStorage.setItem(KEPT, language); } catch { /* a private window: the choice lasts as long as the page */ }
    await this.choose(language);
  }

  remembered(): Language | null {
    try {
      const kept = localStorage.getItem(KEPT);
      return kept === "ko" || kept === "en" ? kept : null;
    } catch {
      return null;
    }
  }

  say(key: Key, values: Values = {}): string {
    return fill(this.#catalogue[key] ?? key, values, this.language);
  }
}

export const words = new Words();
export const t = (key: Key, values?: Values): string => words.say(key, values);
export const pick = (text: Text | null | undefined, otherwise = ""): string => text?.[words.language] || text?.ko || otherwise;
