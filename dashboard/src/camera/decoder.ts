/// <reference lib="webworker" />
// Reads codes in pictures, beside the page: its policy alone allows WebAssembly, and nothing waits for it.

import { prepareZXingModule, readBarcodes, type ReaderOptions } from "zxing-wasm/reader";
import program from "zxing-wasm/reader/zxing_reader.wasm?url";

const OPTIONS: ReaderOptions = { formats: ["Code128", "QRCode", "DataMatrix", "EAN13"], textMode: "Plain", maxNumberOfSymbols: 4 };
const GS1 = new Set(["]C1", "]Q3", "]d2"]); // said, as a scanner would; the others read as one that is not set to say it
const ready = prepareZXingModule({ overrides: { locateFile: () => program }, fireImmediately: true });

self.onmessage = async ({ data }: MessageEvent<ImageData>) => {
  try {
    await ready;
    const found = await readBarcodes(data, OPTIONS);
    self.postMessage(found.filter((one) => one.isValid).map(({ symbologyIdentifier, text }) => (GS1.has(symbologyIdentifier) ? symbologyIdentifier : "") + text));
  } catch (error) {
    self.postMessage(String(error));
  }
};
