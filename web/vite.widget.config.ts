// The widget: one script with its styles and both languages inside, held to its budget.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
import { compressed } from "./compressed";

const OUT_DIR = resolve(import.meta.dirname, "../gateway/http/static/widget");
const BUDGET_BYTES = 15_000;

function budget(): Plugin {
  return {
    name: "parley-widget-budget",
    closeBundle() {
      const gzipped = gzipSync(readFileSync(resolve(OUT_DIR, "widget.js")), { level: 9 }).length;
      const words = `widget.js is ${gzipped} bytes gzipped; the budget is ${BUDGET_BYTES}`;
      if (gzipped > BUDGET_BYTES) throw new Error(words);
      console.log(words);
    },
  };
}

export default defineConfig({
  root: "widget",
  publicDir: false,
  plugins: [budget(), compressed(OUT_DIR)],
  build: {
    outDir: OUT_DIR,
    emptyOutDir: true,
    target: "es2022",
    lib: {
      entry: resolve(import.meta.dirname, "widget/src/main.ts"),
      formats: ["iife"],
      name: "ParleyWidget",
      fileName: () => "widget.js",
    },
  },
});
