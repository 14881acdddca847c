// Builds the shop to `shop/dist`: the application, and the pages that do without it.
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { pagesOf } from '../site/pages.ts'

export default defineConfig({
	plugins: [react()],
	build: { target: 'es2022', sourcemap: true, assetsInlineLimit: 0, rolldownOptions: { input: pagesOf(import.meta.url) } },
})
