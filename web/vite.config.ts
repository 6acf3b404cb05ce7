// The console: index.html and hashed assets into the wheel's static folder.
import { defineConfig } from "vite";

export default defineConfig({
  root: "console",
  base: "/",
  publicDir: "public",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: {
    proxy: {
      "/api": { target: "http://127.0.0.1:8080", ws: true },
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
