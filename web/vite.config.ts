import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  base: "/",
  build: {
    outDir: "dist",
    assetsDir: "studio",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
  },
  html: { cspNonce: "__NONCE__" },
  test: { environment: "jsdom", include: ["tests/**/*.test.{ts,tsx}"] },
});
