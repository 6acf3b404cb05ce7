// The console: index.html and hashed assets into the wheel's static folder.
import { defineConfig } from "vite";

const DESK = "http://127.0.0.1:8080";

export default defineConfig({
  root: "console",
  base: "/",
  publicDir: "public",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: {
    proxy: {
      // The desk takes writes from its own origin only.
      "/api": { target: DESK, ws: true, changeOrigin: true, headers: { origin: DESK } },
    },
  },
  build: {
    outDir: "../../gateway/http/static/console",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
