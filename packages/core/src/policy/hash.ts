// A small hash, synchronous and not cryptographic: it tells names apart, and hides nothing.

/** FNV-1a, 32 bits. */
export function hashOf(text: string): number {
	let hash = 0x811c9dc5
	for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) as number), 0x01000193) >>> 0
	return hash
}
