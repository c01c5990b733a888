// What office.json tells. With `--plain` its names are such as most shops have; else they show what a screen makes of odd ones.

import { readFileSync } from "node:fs";

const PLAIN = [["<b>Nguyễn</b> Thị Hoa & 아주아주긴이름이어서줄이넘칠것같은사람", "Nguyễn Thị Hoa"], ["사장님<b>", "사장님"], ["장부 <회계>", "회계 장부"], ["teamleader_of_the_second_floor_sewing_hall_and_pressing", "teamleader"]];
const text = readFileSync(new URL("./office.json", import.meta.url), "utf8");
export const told = JSON.parse(process.argv.includes("--plain") ? PLAIN.reduce((so, [odd, plain]) => so.replaceAll(odd, plain), text) : text);
