const INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const FIRST = 0xac00, LAST = 0xd7a3, PER_INITIAL = 588;

/** Whether a text contains what was typed; a single consonant stands for every syllable that begins with it (ㅊㅅ: 창신). */
export function finds(text: string, typed: string): boolean {
  const wanted = [...squeezed(typed)], letters = [...squeezed(text)];
  return letters.some((_, at) => wanted.every((letter, i) => fits(letters[at + i], letter))) || wanted.length === 0;
}

const squeezed = (text: string): string => text.toLowerCase().normalize("NFC").replace(/\s+/g, "");

function fits(letter: string | undefined, wanted: string): boolean {
  if (letter === undefined || letter === wanted) return letter === wanted;
  const code = letter.charCodeAt(0);
  return code >= FIRST && code <= LAST && INITIALS[Math.floor((code - FIRST) / PER_INITIAL)] === wanted;
}
