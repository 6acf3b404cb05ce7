// The console: index.html and hashed assets into the wheel's static folder.
import { resolve } from "node:path";
import { defineConfig } from "vite";
import { compressed } from "./compressed";

const OUT_DIR = resolve(import.meta.dirname, "../gateway/http/static/console");
const DESK = "http://127.0.0.1:8080";

export default defineConfig({
  root: "console",
  base: "/",
  publicDir: "public",
  plugins: [compressed(OUT_DIR)],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: {
    proxy: {
      // The desk takes writes from its own origin only.
      "/api": { target: DESK, ws: true, changeOrigin: true, headers: { origin: DESK } },
    },
  },
  build: {
    outDir: OUT_DIR,
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
