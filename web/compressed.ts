// Beside each text of a build its gzip, made once: the desk sends whichever the browser takes.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const TEXTS = [".css", ".html", ".js", ".json", ".svg"];

/** Writes NAME.gz beside each text of a folder and of those within, where that is shorter. */
export function compress(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!TEXTS.includes(extname(name))) continue;
    const path = join(folder, name);
    const bytes = readFileSync(path);
    const packed = gzipSync(bytes, { level: 9 });
    if (packed.length < bytes.length) writeFileSync(`${path}.gz`, packed);
  }
}

/** The last step of a build. */
export function compressed(folder: string): Plugin {
  return { name: "parley-compressed", closeBundle: () => compress(folder) };
}
