import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { compress } from "../../compressed";

const folder = mkdtempSync(join(tmpdir(), "parley-built-"));
afterAll(() => rmSync(folder, { recursive: true }));

const FILES: [string, string, string, boolean][] = [
  ["a page", "index.html", "<p></p>".repeat(50), true],
  ["a script within", "assets/app.js", "let a;".repeat(50), true],
  ["what is shorter as it is", "tiny.js", "a", false],
  ["a picture", "face.png", "x".repeat(500), false],
];

describe("what a build leaves beside its files", () => {
  test.each(FILES)("%s", (_label, name, text, packed) => {
    mkdirSync(join(folder, "assets"), { recursive: true });
    const path = join(folder, name);
    writeFileSync(path, text);
    compress(folder);
    expect(existsSync(`${path}.gz`)).toBe(packed);
    if (packed) expect(gunzipSync(readFileSync(`${path}.gz`)).toString()).toBe(text);
  });
});
