// Gives an sfnt font another name: "Pretendard" is a Reserved Font Name (OFL 1.1, clause 3), so a subset must not carry it.

const HEADER_BYTES = 12, ENTRY_BYTES = 16;

/** Return the font with a name table of our own: family, style, full and PostScript name, copyright and licence. */
export function rename(font, { family, style, copyright }) {
  const postscript = `${family}-${style}`.replaceAll(" ", "");
  const names = new Map([
    [0, copyright], [1, family], [2, style], [3, postscript], [4, `${family} ${style}`], [6, postscript],
    [13, "SIL Open Font License, Version 1.1"], [14, "https://openfontlicense.org"],
  ]);
  const tables = readTables(font);
  if (tables.has("CFF ")) throw new Error("rename: a CFF font carries its name a second time; use a glyf font");
  return writeTables(font.readUInt32BE(0), tables.set("name", nameTable(names)));
}

function readTables(font) {
  const tables = new Map();
  for (let i = 0; i < font.readUInt16BE(4); i++) {
    const at = HEADER_BYTES + i * ENTRY_BYTES;
    const offset = font.readUInt32BE(at + 8), length = font.readUInt32BE(at + 12);
    tables.set(font.toString("latin1", at, at + 4), font.subarray(offset, offset + length));
  }
  return tables;
}

/** The OpenType `name` table, format 0, with Windows Unicode English records only. */
function nameTable(names) {
  const texts = [...names].map(([id, text]) => [id, Buffer.from(text, "utf16le").swap16()]);
  const head = Buffer.alloc(6 + 12 * texts.length);
  head.writeUInt16BE(texts.length, 2);
  head.writeUInt16BE(head.length, 4);
  let offset = 0;
  texts.forEach(([id, bytes], i) => {
    [3, 1, 0x409, id, bytes.length, offset].forEach((field, k) => head.writeUInt16BE(field, 6 + 12 * i + 2 * k));
    offset += bytes.length;
  });
  return Buffer.concat([head, ...texts.map(([, bytes]) => bytes)]);
}

function writeTables(flavour, tables) {
  const tags = [...tables.keys()].sort();
  const directory = Buffer.alloc(HEADER_BYTES + ENTRY_BYTES * tags.length);
  const power = 2 ** Math.floor(Math.log2(tags.length));
  directory.writeUInt32BE(flavour, 0);
  [tags.length, power * 16, Math.log2(power), (tags.length - power) * 16].forEach((v, k) => directory.writeUInt16BE(v, 4 + 2 * k));
  const parts = [directory];
  let offset = directory.length, head = 0;
  tags.forEach((tag, i) => {
    const table = Buffer.alloc(Math.ceil(tables.get(tag).length / 4) * 4);
    tables.get(tag).copy(table);
    if (tag === "head") { head = offset; table.writeUInt32BE(0, 8); }
    const at = HEADER_BYTES + ENTRY_BYTES * i;
    directory.write(tag, at, "latin1");
    [checksum(table), offset, tables.get(tag).length].forEach((v, k) => directory.writeUInt32BE(v, at + 4 + 4 * k));
    parts.push(table);
    offset += table.length;
  });
  const font = Buffer.concat(parts);
  font.writeUInt32BE((0xb1b0afba - checksum(font)) >>> 0, head + 8);
  return font;
}

function checksum(bytes) {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 4) sum = (sum + bytes.readUInt32BE(i)) >>> 0;
  return sum;
}
