import type { Seal } from './ports.ts'

const algorithm = 'AES-GCM'

/** AES-GCM under a key that script cannot read out (NIST SP 800-38D: a fresh 96-bit IV for each text). */
export const seal: Seal = {
	newKey: () => crypto.getRandomValues(new Uint8Array(32)),
	importKey: raw => crypto.subtle.importKey('raw', raw, algorithm, false, ['encrypt', 'decrypt']),
	async seal(key, value) {
		const iv = crypto.getRandomValues(new Uint8Array(12))
		const text = new TextEncoder().encode(JSON.stringify(value))
		return { iv, data: await crypto.subtle.encrypt({ name: algorithm, iv }, key, text) }
	},
}
