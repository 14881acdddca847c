// Builds the site where that has not been done, so that the demo starts from a fresh clone.
import { access } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

export async function buildShopIfMissing(dist: string) {
	const isThere = await access(`${dist}/index.html`).then(
		() => true,
		() => false,
	)
	if (isThere) return
	const { build } = await import('vite')
	await build({ root: fileURLToPath(new URL('.', import.meta.url)), logLevel: 'warn' })
}
