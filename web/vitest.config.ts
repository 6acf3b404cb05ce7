import { defineConfig } from "vitest/config";

export default defineConfig({
  // Modules are read anew for each file, and two cores may be shared.
  test: { testTimeout: 30_000, include: ["tests/**/*.test.ts"], environment: "node" },
});
