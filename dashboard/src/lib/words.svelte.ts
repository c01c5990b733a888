import type center from "../../../center/words/ko.json";
import type ko from "../../../gateway/words/ko.json";
import { fill, type Values } from "./fill";
import type { Language, Text, Unit } from "./types";

export type Key = keyof typeof ko | keyof typeof center;
export type Catalogue = Record<string, string>;

const KEPT = "gongbang.language";

/** The language of the screen and its catalogue; only the chosen one is loaded. */
class Words {
  language = $state<Language>("ko");
  unit = $state<Unit>("piece"); // what the shop counts
  #catalogue = $state.raw<Catalogue>({});
  #load: (language: Language) => Promise<Catalogue> = () => Promise.resolve({});

  /** Say where the catalogues come from: the gateway's screens and the center's have each their own. */
  from(load: (language: Language) => Promise<Catalogue>): void {
    this.#load = load;
  }

  async choose(language: Language): Promise<void> {
    this.#catalogue = await this.#load(language);
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
    return fill(this.#catalogue[key] ?? key, values, this.language, this.unit);
  }
}

export const words = new Words();
export const t = (key: Key, values?: Values): string => words.say(key, values);
export const pick = (text: Text | null | undefined, otherwise = ""): string => text?.[words.language] || text?.ko || otherwise;
