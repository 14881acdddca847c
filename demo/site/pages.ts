// The HTML pages of a site.
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** @param configuration the address of a file in the site's folder */
export const pagesOf = (configuration: string): string[] => {
	const folder = fileURLToPath(new URL('.', configuration))
	return readdirSync(folder)
		.filter(name => name.endsWith('.html'))
		.map(name => folder + name)
}
