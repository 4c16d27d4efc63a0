import { readdirSync } from "node:fs";
import { defineConfig } from "vite";

// Every HTML file in this folder is a page; the gateway serves NAME.html at /NAME, and index.html at /.
const pages = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".html"));

export default defineConfig({
  build: {
    outDir: "../Gateway/Pages/Built",
    emptyOutDir: true,
    target: "es2023",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // The Content-Security-Policy allows no data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: pages,
      output: {
        entryFileNames: "assets/[name]-[hash].js",
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
  // npm run dev shows the pages against a running 'serve'.
  server: {
    proxy: {
      "^/(image-to-text|models|quote|usage|prices|pricing|openapi|health|v1|samples|hf-inference|operations/)":
        "http://127.0.0.1:8080",
    },
  },
});
