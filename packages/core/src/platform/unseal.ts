import type { Unseal } from './ports.ts'

export const unseal: Unseal = {
	supported: () => !!globalThis.crypto?.subtle,
	async open(key, { iv, data }) {
		const text = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, data)
		return JSON.parse(new TextDecoder().decode(text))
	},
}
