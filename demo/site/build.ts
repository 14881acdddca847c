// Builds a site where that has not been done, so that the demo starts from a fresh clone.
import { access } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

export type SiteName = 'shop' | 'admin'

const folderOf = (site: SiteName) => fileURLToPath(new URL(`../${site}`, import.meta.url))

/** @returns the folder of the built site */
export async function buildIfMissing(site: SiteName): Promise<string> {
	const dist = `${folderOf(site)}/dist`
	const isThere = await access(`${dist}/index.html`).then(
		() => true,
		() => false,
	)
	if (isThere) return dist
	const { build } = await import('vite')
	await build({ root: folderOf(site), logLevel: 'warn' })
	return dist
}
